// An icon of the page's own set, as an element.

export function icon(name) {
  const shape = Object.assign(document.createElement("span"), { className: "icon" });
  shape.style.setProperty("--shape", `url(/page/icons/${name}.svg)`);
  return shape;
}
