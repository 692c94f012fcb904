// The studio: buttons and keys; pointer.js has the mouse, the pen and the fingers.

import "./files.js";
import "./list.js";
import "./samples.js";
import "./series.js";
import "./size.js";
import "./spectrum.js";
import "./strip.js";
import { showExamples } from "./empty.js";
import { showPanel } from "./panel.js";
import { give, hideCard, wheel } from "./picker.js";
import { held } from "./pointer.js";
import { makeSliders } from "./settings.js";
import { find, stage, state, tellChanged } from "./state.js";
import { step } from "./strip.js";
import { endTour } from "./tour.js";
import { choose, closeRegion, copy, dragTo, nextClick, press, release, remove } from "./tools.js";
import { fit, full, look, paint, panBy, showBefore, showDoubt, showLoupe, view, whole, zoomBy } from "./view.js";
import { listPictures, redo, undo } from "./work.js";

// ---------------------------------------------------------------- buttons

const everyPixel = () => state.grey && zoomBy(full() / state.zoom, state.cross);

function sideBySide() {
  state.side = !state.side;
  find("side").setAttribute("aria-pressed", state.side);
  hideCard();
  paint();
}

function showHelp() {
  find("help").showModal();
  find("help").scrollTop = 0; // its button has the focus, and lies at the end
}

for (const button of document.querySelectorAll("[data-tool]")) button.onclick = () => choose(button.dataset.tool);
const BUTTONS = {
  undo,
  redo,
  remove,
  next: nextClick,
  closer: () => zoomBy(1.5),
  farther: () => zoomBy(1 / 1.5),
  whole: () => state.grey && whole(),
  full: everyPixel,
  side: sideBySide,
  "panel-shown": () => { hideCard(); showPanel(); },
  "help-shown": showHelp,
};
for (const [id, act] of Object.entries(BUTTONS)) find(id).onclick = act;
for (const id of ["split", "marks"]) find(id).oninput = paint;
find("doubt").oninput = showDoubt;

// ---------------------------------------------------------------- keys

const TOOLS = { p: "point", s: "stroke", f: "fill", a: "same", v: "move", i: "pick", h: "pan" };
const ARROWS = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] };
const ACTS = {
  n: nextClick,
  g: () => give("grey"),
  "+": () => zoomBy(1.5, state.cross),
  "=": () => zoomBy(1.5, state.cross),
  "-": () => zoomBy(1 / 1.5, state.cross),
  0: () => state.grey && whole(),
  1: everyPixel,
  m: () => find("marks").click(),
  d: () => find("doubt").click(),
  c: sideBySide,
  b: () => showBefore(true),
  l: () => showLoupe(true),
  "[": () => step(-1),
  "]": () => step(1),
  "?": showHelp,
  delete: remove,
  backspace: remove,
  escape: () => {
    hideCard();
    endTour();
    showPanel(false);
    Object.assign(state, { corners: [], first: null, chosen: null, drag: null });
  },
};
const COMMANDS = { z: undo, y: redo, d: copy };

addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=range]):not([type=checkbox]):not([type=file]):not([type=color]), select, textarea");
  if (typing || find("help").open) return;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  if (command && key === "z" && event.shiftKey) redo();
  else if (command && COMMANDS[key]) COMMANDS[key]();
  else if (command || event.altKey) return;
  else if (TOOLS[key]) choose(TOOLS[key]);
  else if (ACTS[key]) ACTS[key]();
  else if (event.target !== stage || !onStage(event, key)) return;
  event.preventDefault();
  tellChanged();
  paint();
});
addEventListener("keyup", (event) => {
  const key = event.key.toLowerCase();
  if (key === " ") held.space = false;
  if (key === "b") showBefore(false);
  if (key === "l") showLoupe(false);
});

function onStage(event, key) {
  if (!state.light) return false;
  const way = ARROWS[key]?.map((n) => n * (event.shiftKey ? 0.05 : 0.01));
  if (way && state.tool === "pan") {
    panBy(way.map((n) => (2 * n) / state.zoom));
    look();
  } else if (way) {
    state.cross = state.cross.map((n, i) => Math.min(Math.max(n + way[i], 0), 1));
    if (state.drag?.byKey) dragTo(state.cross);
  } else if (key === "enter") {
    // A corner on the last one closes the region.
    if (state.tool === "fill" && String(state.corners.at(-1)) === String(state.cross)) closeRegion();
    else if (state.drag?.byKey) release();
    else press(state.cross, true);
  } else if (key === " ") held.space = true;
  else return false;
  return true;
}

new ResizeObserver(fit).observe(stage);
window.studio = { state, view }; // for those who look on: tests, and the curious
choose("point");
wheel();
makeSliders().then(listPictures).then(showExamples);
