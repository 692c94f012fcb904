// The studio: buttons, pointer and keys.

import "./files.js";
import "./list.js";
import "./samples.js";
import "./settings.js";
import { give, wheel } from "./picker.js";
import { find, stage, state, tellChanged } from "./state.js";
import { choose, closeRegion, dragTo, nextClick, press, release, remove } from "./tools.js";
import { fit, handles, look, paint, panBy, placeOf, showDoubt, view, whole, zoomBy } from "./view.js";
import { listPictures, redo, undo } from "./work.js";

// ---------------------------------------------------------------- buttons

for (const button of document.querySelectorAll("[data-tool]")) button.onclick = () => choose(button.dataset.tool);
find("undo").onclick = undo;
find("redo").onclick = redo;
find("remove").onclick = remove;
find("next").onclick = nextClick;
find("closer").onclick = () => zoomBy(1.5);
find("farther").onclick = () => zoomBy(1 / 1.5);
find("whole").onclick = () => state.light && whole();
for (const id of ["split", "marks"]) find(id).oninput = paint;
find("doubt").oninput = showDoubt;

// ---------------------------------------------------------------- pointer

stage.onpointerdown = (event) => {
  if (!state.light || event.target.closest("button")) return;
  if (state.drag) release(); // what keys began
  stage.focus({ preventScroll: true });
  stage.setPointerCapture(event.pointerId);
  const place = placeOf(event);
  if (event.button === 1 || state.tool === "pan" || held) state.drag = { pan: place };
  else press(place);
};
stage.onpointermove = (event) => {
  if (state.drag && !state.drag.byKey) dragTo(placeOf(event));
};
stage.onpointerup = () => {
  if (!state.drag?.byKey) release();
};
stage.onpointercancel = () => {
  state.drag = null;
  paint();
};
stage.onwheel = (event) => {
  event.preventDefault();
  if (state.light) zoomBy(event.deltaY < 0 ? 1.25 : 0.8, placeOf(event));
};
stage.onfocus = stage.onblur = () => state.light && handles();
stage.ondblclick = closeRegion;

// ---------------------------------------------------------------- keys

let held = false; // Space: pan while it is down
const TOOLS = { p: "point", s: "stroke", f: "fill", a: "same", v: "move", i: "pick", h: "pan" };
const ARROWS = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] };
const ACTS = {
  n: nextClick,
  g: () => give("grey"),
  "+": () => zoomBy(1.5, state.cross),
  "=": () => zoomBy(1.5, state.cross),
  "-": () => zoomBy(1 / 1.5, state.cross),
  0: () => state.light && whole(),
  m: () => find("marks").click(),
  d: () => find("doubt").click(),
  delete: remove,
  backspace: remove,
  escape: () => Object.assign(state, { corners: [], first: null, chosen: null, drag: null }),
};

addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=range]):not([type=checkbox]):not([type=file]), select, textarea");
  if (typing) return;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  if (command && key === "z") (event.shiftKey ? redo : undo)();
  else if (command && key === "y") redo();
  else if (command || event.altKey) return;
  else if (TOOLS[key]) choose(TOOLS[key]);
  else if (ACTS[key]) ACTS[key]();
  else if (event.target !== stage || !onStage(event, key)) return;
  event.preventDefault();
  tellChanged();
  paint();
});
addEventListener("keyup", (event) => {
  if (event.key === " ") held = false;
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
  } else if (key === " ") held = true;
  else return false;
  return true;
}

new ResizeObserver(fit).observe(stage);
window.studio = { state, view }; // for those who look on: tests, and the curious
choose("point");
wheel();
listPictures();
