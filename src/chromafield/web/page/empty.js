// Where no picture is open: what to do first, and three photographs to try.

import * as api from "./api.js";
import { attempt, find } from "./state.js";
import { tour } from "./tour.js";
import { listPictures, open } from "./work.js";

find("empty-open").onclick = () => find("file").click();

export async function showExamples() {
  const told = await attempt("examples", api.examples);
  if (!told?.length) return;
  find("examples-title").hidden = false;
  find("examples").replaceChildren(...told.map(offer));
}

function offer({ name, title }) {
  const button = Object.assign(document.createElement("button"), { type: "button" });
  const image = Object.assign(new Image(), { alt: "" });
  button.append(image, title);
  attempt("examples", () => api.example(name)).then((blob) => blob && (image.src = URL.createObjectURL(blob)));
  button.onclick = async () => {
    const begun = await attempt("open", () => api.beginExample(name));
    if (!begun || !(await open(begun.id))) return;
    await listPictures();
    tour();
  };
  return button;
}
