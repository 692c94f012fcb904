// Mouse, pen and fingers on the picture: one finger marks, two zoom and pan, and what zooms never marks.

import { hit } from "./hints.js";
import { pointAt } from "./reach.js";
import { stage, state } from "./state.js";
import { closeRegion, dragTo, press, release } from "./tools.js";
import { handles, paint, panBy, placeOf, zoomBy } from "./view.js";
import { whenReady } from "./work.js";

const STILL = 10; // CSS pixels: a finger that moves less has not moved
const fingers = new Map(); // where each finger is, by its number
let zoomed = false; // whether two fingers were down since the first came
let tap = null; // where a finger came down that may mark yet

export const held = { space: false }; // pan while it is down

const isOurs = (event) => event.target === stage || event.target.tagName === "CANVAS" && event.target.id !== "wheel";
const forceOf = (event) => (event.pointerType === "pen" && event.pressure ? event.pressure : 0.5);

stage.onpointerdown = (event) => {
  if (!state.grey || !isOurs(event)) return;
  if (state.drag?.byKey) release();
  stage.focus({ preventScroll: true });
  stage.setPointerCapture(event.pointerId);
  if (event.pointerType === "touch") touched(event);
  else begin(event);
};

function begin(event) {
  const place = placeOf(event);
  if (event.button === 1 || state.tool === "pan" || held.space) state.drag = { pan: place };
  else {
    const { tool } = state;
    whenReady(() => tool === state.tool && press(place, false, forceOf(event)));
  }
}

function touched(event) {
  fingers.set(event.pointerId, event);
  if (fingers.size === 1) {
    zoomed = false;
    tap = event;
    // A line and what is moved follow the finger; a point waits until it is known that no second finger comes.
    if (["stroke", "move", "pan"].includes(state.tool)) begin(event);
  } else {
    zoomed = true;
    tap = null;
    state.drag = null;
    paint();
  }
}

stage.onpointermove = (event) => {
  if (!state.grey) return;
  if (fingers.has(event.pointerId)) {
    fingered(event);
    return;
  }
  if (state.drag && !state.drag.byKey) dragTo(placeOf(event), forceOf(event));
  else hover(event);
};

function hover(event) {
  state.hover = placeOf(event);
  pointAt(isOurs(event) ? markAt(state.hover) : null);
  paint();
}

// The number of the mark under the pointer. One that was just made is still under it: its colours are
// looked at, not its reach.
function markAt(place) {
  const { history, chosen, light } = state;
  const found = light && hit(history.now, place, light.size);
  const made = chosen?.made && chosen.place === found?.place;
  return found?.list === "marks" && !made ? found.place : null;
}

function fingered(event) {
  const before = [...fingers.values()];
  fingers.set(event.pointerId, event);
  if (fingers.size === 2) pinch(before, [...fingers.values()]);
  else if (zoomed) return;
  else if (state.drag) dragTo(placeOf(event));
  else if (tap && Math.hypot(event.clientX - tap.clientX, event.clientY - tap.clientY) > STILL) {
    state.drag = { pan: placeOf(tap) };
    tap = null;
  }
}

const middle = ([one, other]) => ({ clientX: (one.clientX + other.clientX) / 2, clientY: (one.clientY + other.clientY) / 2 });
const apart = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;

function pinch(before, now) {
  const [from, to] = [placeOf(middle(before)), placeOf(middle(now))];
  panBy(from.map((n, i) => n - to[i]));
  zoomBy(apart(now) / apart(before), placeOf(middle(now)));
}

stage.onpointerup = (event) => {
  if (fingers.delete(event.pointerId)) {
    const [place, tool] = [tap && placeOf(tap), state.tool];
    tap = null;
    if (place && !state.drag) whenReady(() => tool === state.tool && press(place));
    if (zoomed) return;
  }
  if (!state.drag?.byKey) release();
};
stage.onpointercancel = (event) => {
  fingers.delete(event.pointerId);
  tap = state.drag = null;
  paint();
};
stage.onpointerleave = () => {
  state.hover = null;
  pointAt(null);
  paint();
};

// By as much as the wheel turns, about the pointer; a trackpad's pinch comes as a wheel with Ctrl.
const LINES = [1, 16, 400]; // pixels of a step, by the unit that the event counts in
stage.addEventListener("wheel", (event) => {
  const over = event.target.closest("#popover, #message");
  if (over && over.scrollHeight > over.clientHeight) return;
  event.preventDefault();
  if (!state.grey || !event.deltaY) return;
  const turn = event.deltaY * LINES[event.deltaMode] * (event.ctrlKey ? 0.01 : 0.002);
  zoomBy(Math.exp(-Math.min(Math.max(turn, -1), 1)), placeOf(event));
}, { passive: false });
stage.onfocus = stage.onblur = () => state.grey && handles();
stage.ondblclick = closeRegion;
