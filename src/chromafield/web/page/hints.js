// The document that people make, and its past and future. Documents are never changed, only replaced.

export const empty = () => ({ chromafield: "hints", version: 1, marks: [], same: [], settings: {} });

export class History {
  constructor(document) {
    this.past = [];
    this.now = document;
    this.future = [];
  }

  push(document) {
    this.past.push(this.now);
    this.now = document;
    this.future = [];
  }

  undo() {
    if (!this.past.length) return false;
    this.future.push(this.now);
    this.now = this.past.pop();
    return true;
  }

  redo() {
    if (!this.future.length) return false;
    this.past.push(this.now);
    this.now = this.future.pop();
    return true;
  }
}

export const add = (document, mark) => ({ ...document, marks: [...document.marks, mark] });
export const replaced = (document, place, mark) => ({ ...document, marks: document.marks.map((m, i) => (i === place ? mark : m)) });
export const without = (document, place) => ({ ...document, marks: document.marks.filter((_, i) => i !== place) });
export const tied = (document, one, other) => ({ ...document, same: [...document.same, [one, other]] });

export function setting(document, name, value) {
  const settings = { ...document.settings };
  if (value === null) delete settings[name];
  else settings[name] = value;
  return { ...document, settings };
}

export const places = (mark) => (mark.at ? [mark.at] : (mark.path ?? mark.polygon ?? []));

const within = (n) => Math.min(Math.max(n, 0), 1);

export function moved(mark, dx, dy) {
  const shift = ([x, y]) => [within(x + dx), within(y + dy)];
  if (mark.at) return { ...mark, at: shift(mark.at) };
  const kind = mark.path ? "path" : "polygon";
  return { ...mark, [kind]: mark[kind].map(shift) };
}

// The number of the topmost mark near a place, or -1; `longest` is the picture's longer side.
export function hit(document, [x, y], [width, height]) {
  const longest = Math.max(width, height);
  const far = ([px, py]) => Math.hypot((px - x) * width, (py - y) * height) / longest;
  for (let i = document.marks.length - 1; i >= 0; i--) {
    const mark = document.marks[i];
    const reach = Math.max(mark.radius ?? 0, 0.012);
    if (places(mark).some((place) => far(place) <= reach)) return i;
    if (mark.polygon && inside([x, y], mark.polygon)) return i;
  }
  return -1;
}

function inside([x, y], corners) {
  let odd = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [xi, yi] = corners[i];
    const [xj, yj] = corners[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

// Draw a document's marks, each in its own colour, on a 2D context of the picture's size.
export function draw(context, document, [width, height]) {
  context.clearRect(0, 0, width, height);
  for (const mark of document.marks) trace(context, mark, [width, height]);
}

export function trace(context, mark, [width, height]) {
  if (mark.sample) return;
  const color = mark.color === "grey" ? "#808080" : mark.color;
  const radius = Math.max((mark.radius ?? 0) * Math.max(width, height), 0.75);
  const at = ([x, y]) => [x * width, y * height];
  context.fillStyle = context.strokeStyle = color;
  context.lineWidth = 2 * radius;
  context.lineCap = context.lineJoin = "round";
  const [first, ...rest] = places(mark).map(at);
  if (!first) return;
  context.beginPath();
  if (!mark.polygon && !rest.length) {
    context.arc(...first, radius, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.moveTo(...first);
  for (const place of rest) context.lineTo(...place);
  if (mark.polygon) context.fill();
  else context.stroke();
}
