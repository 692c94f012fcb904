// How large the chosen mark is; without one, how large the next marks will be.

import * as doc from "./hints.js";
import { find, state, whenChanged } from "./state.js";
import { paint } from "./view.js";
import { change } from "./work.js";

const slider = find("radius");

// One that was just made keeps the size that it was made with, as it does its colour.
function chosenMark() {
  const one = state.chosen?.list === "marks" && !state.chosen.made ? doc.item(state.history.now, state.chosen) : null;
  return one?.radius ? one : null;
}

slider.oninput = () => {
  if (!chosenMark()) state.radius = Number(slider.value);
  paint();
};
slider.onchange = () => {
  const one = chosenMark();
  if (one) change(doc.replaced(state.history.now, state.chosen, { ...one, radius: Number(slider.value) }));
};
whenChanged(() => {
  slider.value = chosenMark()?.radius ?? state.radius;
});
