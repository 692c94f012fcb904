// Other colourings, in a row under the picture: pointed at they are shown in full, clicked they are kept,
// for the chosen area or for all.

import * as api from "./api.js";
import * as doc from "./hints.js";
import { attempt, find, state, whenChanged } from "./state.js";
import { change, solve, whenOpened } from "./work.js";

const SEED = 0;
const LINGER = 350; // milliseconds until what is pointed at is shown

async function more() {
  const { id } = state;
  if (!state.light) return;
  const shown = find("samples");
  for (let i = 0; i < 4; i++) {
    const which = [SEED, shown.childElementCount + 1];
    const button = Object.assign(document.createElement("button"), { disabled: true, title: `Colouring ${which[1]}` });
    const busy = Object.assign(document.createElement("span"), { className: "busy" });
    button.append(busy);
    shown.append(button);
    const picture = await attempt("samples", () => api.sample(id, which));
    if (!picture || id !== state.id) return button.remove();
    const image = Object.assign(new Image(), { src: URL.createObjectURL(picture), alt: `Colouring ${which[1]}` });
    button.replaceChildren(image);
    button.disabled = false;
    button.onclick = () => keep(which);
    button.onpointerenter = () => tryOut(which);
    button.onpointerleave = () => tryOut(null);
  }
}

let lingering = null;

// Shows what a click would keep, and goes back when the pointer leaves.
function tryOut(which) {
  clearTimeout(lingering);
  if (!which && !state.tried) return;
  lingering = setTimeout(() => {
    state.tried = which && kept(which);
    solve();
  }, which ? LINGER : 0);
}

function kept(which) {
  const { chosen, history } = state;
  const mark = doc.item(history.now, chosen);
  if (mark?.polygon) return doc.replaced(history.now, chosen, { polygon: mark.polygon, sample: which });
  return doc.setting(history.now, "sample", which);
}

function keep(which) {
  clearTimeout(lingering);
  if (state.light) change(kept(which));
}

function showChosen() {
  const { sample } = state.history.now.settings;
  find("automatic").disabled = !sample;
  [...find("samples").children].forEach((button, i) => button.setAttribute("aria-pressed", sample?.[0] === SEED && sample[1] === i + 1));
}

find("more").onclick = more;
find("automatic").onclick = () => change(doc.setting(state.history.now, "sample", null));
whenChanged(showChosen);
whenOpened(() => find("samples").replaceChildren());
