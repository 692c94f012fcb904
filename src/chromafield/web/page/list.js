// All that is said of the picture, one line each: to choose what has no place of its own, too.

import * as doc from "./hints.js";
import { suggestFor } from "./picker.js";
import { find, state, tellChanged, whenChanged } from "./state.js";
import { paint } from "./view.js";
import { change, whenOpened } from "./work.js";

const NAMES = { at: "Point", path: "Line", polygon: "Area", mask: "Mask", layer: "Layer", scribbles: "Scribbles" };

function named(mark) {
  const kind = Object.keys(NAMES).find((name) => name in mark);
  const source = typeof mark[kind] === "string" ? ` ${mark[kind]}` : "";
  const what = mark.sample ? `colouring ${mark.sample[1]}` : (mark.color ?? "");
  return `${NAMES[kind]}${source} ${what}`.trim();
}

function showList() {
  const { history } = state;
  const { marks, same } = history.now;
  const had = [...find("list").children].indexOf(document.activeElement);
  const lines = [
    ...marks.map((mark, place) => line(named(mark), { list: "marks", place }, mark.color)),
    ...same.map((pair, place) => line(`Same colour ${place + 1}`, { list: "same", place })),
  ];
  find("list").replaceChildren(...lines);
  lines[Math.min(had, lines.length - 1)]?.focus();
  find("no-marks").hidden = lines.length > 0;
  find("clear").disabled = !lines.length;
  find("undo").disabled = !history.past.length;
  find("redo").disabled = !history.future.length;
  find("remove").disabled = !doc.item(history.now, state.chosen);
}

function line(text, chosen, color) {
  const button = document.createElement("button");
  const pressed = state.chosen?.list === chosen.list && state.chosen.place === chosen.place;
  button.setAttribute("aria-pressed", pressed);
  const dot = document.createElement("span");
  dot.className = "dot";
  dot.style.background = color === "grey" ? "#808080" : (color ?? "transparent");
  button.append(dot, text);
  button.onpointerenter = () => point(chosen);
  button.onpointerleave = () => point(null);
  button.onclick = () => {
    state.chosen = chosen;
    const one = doc.item(state.history.now, chosen);
    const [place] = doc.places(one);
    if (place) state.cross = place;
    if (place && chosen.list === "marks") suggestFor(place);
    tellChanged();
    paint();
  };
  return button;
}

// The mark of a line that the pointer is on stands out in the picture.
function point(chosen) {
  state.pointed = chosen?.list === "marks" ? chosen.place : null;
  paint();
}

find("clear").onclick = () => {
  state.chosen = null;
  change({ ...state.history.now, marks: [], same: [] });
};
whenChanged(showList);
whenOpened(showList);
