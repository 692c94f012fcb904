// What the pointer and the cross do on the picture.

import * as api from "./api.js";
import { toHex } from "./colour.js";
import * as doc from "./hints.js";
import { firstGuess, hideCard, setColor, suggestFor, whenSpotIsGiven } from "./picker.js";
import { withReach } from "./reach.js";
import { attempt, find, showStatus, stage, state, tellChanged } from "./state.js";
import { look, paint, painter, panBy, pixelOf } from "./view.js";
import { change, whenOpened } from "./work.js";

const SMALLEST_REGION = 0.01; // of the longer side: radius of a region that shall agree

const isInside = ([x, y]) => x >= 0 && x <= 1 && y >= 0 && y <= 1;

export function choose(tool) {
  Object.assign(state, { tool, corners: [], first: null, drag: null });
  hideCard();
  for (const button of document.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", button.dataset.tool === tool);
  stage.style.cursor = { pan: "grab", move: "default" }[tool] ?? "crosshair";
  showStatus();
  paint();
}

// `byKey`: what is begun goes with the cross until Enter ends it, not with the pointer.
// `force`: how hard a pen is pressed, 0.5 for what has no force.
export function press(place, byKey = false, force = 0.5) {
  if (!state.light || !isInside(place)) return;
  state.ring = null;
  hideCard();
  state.cross = place;
  switch (state.tool) {
    case "point":
      mark({ at: place, radius: state.radius, color: state.color ?? "grey" }, place);
      break;
    case "stroke":
      state.drag = { byKey, forces: [force], mark: { path: [place], radius: state.radius, color: state.color ?? "grey" } };
      if (!state.color) state.drag.guess = firstGuess(place); // it comes while the line is drawn
      break;
    case "fill":
      state.corners.push(place);
      break;
    case "same":
      same(place);
      break;
    case "pick":
      setColor(toHex(painter.read(...pixelOf(place).map(Math.round))));
      break;
    case "move":
      take(doc.hit(state.history.now, place, state.light.size), place, byKey);
      break;
  }
  paint();
}

function take(chosen, place, byKey) {
  const before = state.chosen?.list === "marks" ? doc.item(state.history.now, state.chosen) : null;
  const corner = before ? doc.cornerAt(before, place, state.light.size) : -1;
  if (corner < 0) state.chosen = chosen;
  if (state.chosen) state.drag = { byKey, from: place, corner, was: doc.item(state.history.now, state.chosen) };
  if (state.chosen?.list === "marks" && corner < 0) suggestFor(place);
  tellChanged();
}

// A mark takes the colour in hand; where nobody chose one, the network's own guess of its place.
async function mark(one, place, color = state.color, guess = null) {
  const { light } = state;
  const colored = withReach({ ...one, color: color ?? (await (guess ?? firstGuess(place))) });
  if (light !== state.light) return;
  state.chosen = { list: "marks", place: state.history.now.marks.length, made: true };
  // Guesses for the next colour can wait for the picture.
  change(doc.add(state.history.now, colored)).then(() => light === state.light && suggestFor(place));
}

function same(place) {
  const region = { at: place, radius: Math.max(state.radius, SMALLEST_REGION) };
  if (!state.first) {
    state.first = region;
    showStatus("Now the region that shall have the same colour");
    return;
  }
  const [one, other] = [state.first, region];
  state.first = null;
  showStatus();
  state.chosen = { list: "same", place: state.history.now.same.length };
  change(doc.tied(state.history.now, one, other));
}

export function closeRegion() {
  const corners = state.corners;
  state.corners = [];
  if (corners.length >= 3) mark({ polygon: corners, color: "grey" }, corners[0]);
}

export function dragTo(place, force = 0.5) {
  const { drag } = state;
  if (drag.pan) {
    panBy(drag.pan.map((n, i) => n - place[i]));
    return;
  }
  if (drag.mark && isInside(place)) {
    drag.mark.path.push(place);
    drag.forces.push(force);
    drag.mark.radius = Math.min(state.radius * (0.4 + 1.2 * mean(drag.forces)), 0.5);
  }
  else if (drag.from) {
    const [dx, dy] = drag.from.map((n, i) => place[i] - n);
    drag.to = drag.corner < 0 ? doc.moved(drag.was, dx, dy) : doc.reshaped(drag.was, drag.corner, dx, dy);
  }
  paint();
}

const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;

export function release() {
  const { drag } = state;
  state.drag = null;
  if (drag?.mark) mark(drag.mark, drag.mark.path[0], state.color, drag.guess);
  else if (drag?.to) {
    hideCard();
    change(doc.replaced(state.history.now, state.chosen, drag.to));
  }
  else if (drag?.pan) look();
}

export function remove() {
  const { chosen } = state;
  if (!chosen) return;
  state.chosen = null;
  change(doc.without(state.history.now, chosen));
}

// The chosen mark once more, a little beside it.
export function copy() {
  const one = state.chosen?.list === "marks" && doc.item(state.history.now, state.chosen);
  if (!one || !doc.places(one).length) return;
  state.chosen = { list: "marks", place: state.history.now.marks.length };
  change(doc.add(state.history.now, doc.moved(one, 0.03, 0.03)));
}

whenSpotIsGiven((place, hex) => {
  state.ring = state.spot = null;
  mark({ at: place, radius: state.radius, color: hex }, place, hex);
});

let passed = []; // places that were shown and left as they are

whenOpened(() => {
  passed = [];
});

// One after the other, also when asked in haste: each has to know which places were shown.
let walking = Promise.resolve();

export function nextClick() {
  walking = walking.then(nextPlace, nextPlace);
  return walking;
}

// The least sure place that has no mark near and was not shown yet; after the last, the first again.
async function nextPlace() {
  if (!state.light) return;
  const { id } = state;
  const { now } = state.history;
  const seen = passed.map((at) => ({ at, radius: state.radius, color: "grey" }));
  const told = await attempt("next", () => api.unsure(id, { ...now, marks: [...now.marks, ...seen] }));
  if (!told || id !== state.id) return;
  const place = [told.x, told.y];
  if (passed.some((at) => String(at) === String(place))) passed = [];
  passed.push(place);
  state.ring = state.cross = state.spot = place;
  state.chosen = null;
  stage.focus();
  await suggestFor(state.ring);
  paint();
}
