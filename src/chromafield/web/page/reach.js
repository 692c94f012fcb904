// How far the chosen mark reaches; without one, how far the next marks will. While the slider is
// pointed at or has the focus, what the chosen mark reaches is shown in the picture; while a mark is
// pointed at, in the picture or in the list, what that one reaches.

import * as api from "./api.js";
import * as doc from "./hints.js";
import { attempt, find, state, whenChanged } from "./state.js";
import { asMap, paint } from "./view.js";
import { change } from "./work.js";

const THING = 0.5; // what a mark that says nothing reaches: the thing that it lies on
const slider = find("reach");
let next = THING;

function words(reach) {
  if (reach === THING) return "the thing";
  if (reach === 0) return "only here";
  if (reach === 1) return "all like it";
  return reach < THING ? "less than the thing" : "more than the thing";
}

function chosenMark() {
  const one = state.chosen?.list === "marks" ? doc.item(state.history.now, state.chosen) : null;
  return one && !one.sample && !one.colored ? one : null;
}

// A mark with a reach; the usual one is not written down.
function reaching({ bounded, reach: _, ...mark }, reach) {
  return reach === THING ? mark : { ...mark, reach };
}

export const withReach = (mark) => reaching(mark, next);

function show() {
  const one = chosenMark();
  const reach = one ? (one.bounded ? 0 : (one.reach ?? THING)) : next;
  slider.value = reach;
  find("reach-words").textContent = words(reach);
}

// The mark whose reach is to be seen, if there is one.
function watched() {
  if (slider.matches(":hover, :focus-visible")) {
    const one = chosenMark();
    return one && reaching(one, Number(slider.value));
  }
  const { pointed, history } = state;
  const one = pointed === null ? null : history.now.marks[pointed];
  return one && !one.sample && !one.colored && !one.hidden && doc.places(one).length ? one : null;
}

async function showMap() {
  const one = watched();
  const { id, history } = state;
  if (!one || !state.light) {
    if (state.reach) hideMap();
    return;
  }
  const alone = { ...history.now, version: 2, same: [], marks: [one] };
  const told = await attempt("reach", () => api.reach(id, alone));
  if (!told || id !== state.id || JSON.stringify(watched()) !== JSON.stringify(one)) return;
  state.reach = asMap(told, [0, 200, 255], (value) => 0.55 * value);
  paint();
}

function hideMap() {
  state.reach = null;
  paint();
}

const LINGER = 200; // milliseconds on a mark until its reach is shown: the pointer may only pass
let lingering = null;

// The pointer is on a mark of this number, or on none: it stands out, and then its reach is shown.
export function pointAt(place) {
  if (place === state.pointed) return;
  state.pointed = place;
  clearTimeout(lingering);
  if (state.reach) state.reach = null;
  if (place !== null) lingering = setTimeout(showMap, LINGER);
  paint();
}

slider.oninput = () => {
  find("reach-words").textContent = words(Number(slider.value));
  showMap();
};
slider.onchange = () => {
  const one = chosenMark();
  const reach = Number(slider.value);
  if (one) change(doc.replaced(state.history.now, state.chosen, reaching(one, reach)));
  else next = reach;
};
slider.onpointerenter = slider.onfocus = showMap;
slider.onpointerleave = slider.onblur = showMap;
whenChanged(() => {
  show();
  showMap();
});
