// All that is said of the picture, one line each: to choose what has no place of its own, too.

import * as doc from "./hints.js";
import { suggestFor } from "./picker.js";
import { find, state, whenChanged } from "./state.js";
import { paint } from "./view.js";
import { whenOpened } from "./work.js";

const NAMES = { at: "Point", path: "Stroke", polygon: "Region", mask: "Mask", layer: "Layer", scribbles: "Scribbles" };

function named(mark) {
  const kind = Object.keys(NAMES).find((name) => name in mark);
  const source = typeof mark[kind] === "string" ? ` ${mark[kind]}` : "";
  const what = mark.sample ? `sample ${mark.sample[1]}` : (mark.color ?? "");
  return `${NAMES[kind]}${source} ${what}`.trim();
}

function showList() {
  const { marks, same } = state.history.now;
  const had = [...find("list").children].indexOf(document.activeElement);
  const lines = [
    ...marks.map((mark, place) => line(named(mark), { list: "marks", place }, mark.color)),
    ...same.map((pair, place) => line(`Same colour ${place + 1}`, { list: "same", place })),
  ];
  find("list").replaceChildren(...lines);
  lines[Math.min(had, lines.length - 1)]?.focus();
}

function line(text, chosen, color) {
  const button = document.createElement("button");
  const pressed = state.chosen?.list === chosen.list && state.chosen.place === chosen.place;
  button.setAttribute("aria-pressed", pressed);
  button.textContent = text;
  button.style.borderLeft = `.8rem solid ${color === "grey" ? "#808080" : (color ?? "transparent")}`;
  button.onclick = () => {
    state.chosen = chosen;
    const [place] = doc.places(doc.item(state.history.now, chosen));
    if (place) {
      state.cross = place;
      suggestFor(place);
    }
    showList();
    paint();
  };
  return button;
}

whenChanged(showList);
whenOpened(showList);
