// All that is said of the picture, one line each: to choose what has no place of its own, too.

import * as doc from "./hints.js";
import { suggestFor } from "./picker.js";
import { icon } from "./icon.js";
import { pointAt } from "./reach.js";
import { find, state, tellChanged, whenChanged } from "./state.js";
import { copy } from "./tools.js";
import { taken } from "./versions.js";
import { paint } from "./view.js";
import { change, whenOpened } from "./work.js";

const NAMES = { at: "Point", path: "Line", polygon: "Area", mask: "Mask", layer: "Layer", scribbles: "Scribbles", colored: "Coloured version" };
const MOST_EARLIER = 6; // forms of a mark that are offered again

// A picture that was kept beside the marks has a digest before its name.
const plainName = (name) => name.split("/").at(-1).replace(/^[0-9a-f]{8}-/, "");

function named(mark) {
  const kind = Object.keys(NAMES).find((name) => name in mark);
  const source = typeof mark[kind] === "string" ? ` ${plainName(mark[kind])}` : "";
  const what = mark.sample ? `colouring ${mark.sample[1]}` : mark.colored ? taken(mark.colored) : (mark.color ?? "");
  return `${NAMES[kind]}${source} ${what}`.trim();
}

function showList() {
  const { history } = state;
  const { marks, same } = history.now;
  const had = [...find("list").querySelectorAll("button")].indexOf(document.activeElement);
  const lines = [
    ...marks.map((mark, place) => line(named(mark), { list: "marks", place }, mark)),
    ...same.map((pair, place) => line(`Same colour ${place + 1}`, { list: "same", place })),
  ];
  find("list").replaceChildren(...lines);
  const buttons = [...find("list").querySelectorAll("button")];
  if (had >= 0) buttons[Math.min(had, buttons.length - 1)]?.focus();
  find("no-marks").hidden = lines.length > 0;
  find("clear").disabled = !lines.length;
  find("undo").disabled = !history.past.length;
  find("redo").disabled = !history.future.length;
  find("remove").disabled = !doc.item(history.now, state.chosen);
  showChosen();
}

const colorOf = (mark) => (mark.color === "grey" ? "#808080" : (mark.color ?? "transparent"));

function dot(mark) {
  const shown = Object.assign(document.createElement("span"), { className: "dot" });
  shown.style.background = colorOf(mark);
  return shown;
}

function line(words, chosen, mark = {}) {
  const button = document.createElement("button");
  const pressed = state.chosen?.list === chosen.list && state.chosen.place === chosen.place;
  button.setAttribute("aria-pressed", pressed);
  button.append(dot(mark), words);
  button.onpointerenter = () => pointAt(chosen.list === "marks" ? chosen.place : null);
  button.onpointerleave = () => pointAt(null);
  button.onclick = () => {
    state.chosen = chosen;
    const [place] = doc.places(doc.item(state.history.now, chosen));
    if (place) state.cross = place;
    if (place && chosen.list === "marks") suggestFor(place);
    tellChanged();
    paint();
  };
  const row = document.createElement("div");
  row.append(button);
  if (chosen.list === "marks") row.append(eye(chosen.place, mark));
  row.classList.toggle("aside", Boolean(mark.hidden));
  return row;
}

// Whether a mark counts; one that is hidden stays in the list and changes nothing.
function eye(place, { hidden }) {
  const button = Object.assign(document.createElement("button"), { className: "eye", title: hidden ? "Show the mark" : "Hide the mark" });
  button.setAttribute("aria-label", `${hidden ? "Show" : "Hide"} mark ${place + 1}`);
  button.append(icon(hidden ? "hidden" : "shown"));
  button.onclick = () => change(doc.toggled(state.history.now, place));
  return button;
}

// What can be done with the chosen mark, and what it was before.
function showChosen() {
  const one = state.chosen?.list === "marks" ? doc.item(state.history.now, state.chosen) : null;
  find("of-mark").hidden = !one || !doc.places(one).length;
  if (find("of-mark").hidden) return;
  const before = doc.formsBefore(state.history, state.chosen.place).slice(0, MOST_EARLIER);
  find("earlier").hidden = !before.length;
  find("earlier-forms").replaceChildren(...before.map(again));
}

function again(mark, i) {
  const button = document.createElement("button");
  button.style.background = colorOf(mark);
  button.title = `${i + 1} ${i ? "changes" : "change"} ago: ${named(mark)}`;
  button.setAttribute("aria-label", button.title);
  button.onclick = () => change(doc.replaced(state.history.now, state.chosen, mark));
  return button;
}

find("copy").onclick = copy;
find("clear").onclick = () => {
  state.chosen = null;
  change({ ...state.history.now, marks: [], same: [] });
};
whenChanged(showList);
whenOpened(showList);
