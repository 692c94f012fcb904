// How far the chosen mark reaches; without one, how far the next marks will.

import * as doc from "./hints.js";
import { find, state, whenChanged } from "./state.js";
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
  return one && !one.sample ? one : null;
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

slider.oninput = () => (find("reach-words").textContent = words(Number(slider.value)));
slider.onchange = () => {
  const one = chosenMark();
  const reach = Number(slider.value);
  if (one) change(doc.replaced(state.history.now, state.chosen, reaching(one, reach)));
  else next = reach;
};
whenChanged(show);
