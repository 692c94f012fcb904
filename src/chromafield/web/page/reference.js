// The page of the HTTP interface, from the server's own description of it.

const made = (tag, text, ...inside) => {
  const element = Object.assign(document.createElement(tag), { textContent: text });
  element.append(...inside);
  return element;
};

const { paths } = await (await fetch("/openapi.json")).json();
for (const [path, methods] of Object.entries(paths)) {
  for (const [method, told] of Object.entries(methods)) {
    const asked = (told.parameters ?? []).filter(({ name }) => !["x-token", "token", "authorization"].includes(name.toLowerCase()));
    const items = asked.map(({ name, in: where, description, required, schema }) => {
      const usual = schema?.default === undefined || required ? "" : ` (usually ${JSON.stringify(schema.default)})`;
      return made("li", "", made("code", name), ` in the ${where}${required ? "" : ", may be left out"}${usual}. ${description ?? ""}`);
    });
    if (told.requestBody) items.push(made("li", "", made("code", "body"), ` ${Object.keys(told.requestBody.content).join(", ")}. ${told.requestBody.description ?? ""}`));
    document.getElementById("operations").append(
      made("section", "", made("h2", `${method.toUpperCase()} ${path}`), made("p", told.description ?? told.summary), made("ul", "", ...items)),
    );
  }
}
