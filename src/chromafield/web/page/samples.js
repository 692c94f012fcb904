// Samples side by side: four at a time; one that is clicked is kept, for the chosen region or for all.

import * as api from "./api.js";
import * as doc from "./hints.js";
import { attempt, find, state } from "./state.js";
import { change, whenOpened } from "./work.js";

const SEED = 0;

async function more() {
  const { id } = state;
  const shown = find("samples");
  for (let i = 0; i < 4; i++) {
    const which = [SEED, shown.childElementCount + 1];
    const picture = await attempt("samples", () => api.sample(id, which));
    if (!picture || id !== state.id) return;
    const image = Object.assign(new Image(), { src: URL.createObjectURL(picture), alt: `Sample ${which[1]}` });
    const button = document.createElement("button");
    button.onclick = () => keep(which);
    button.append(image);
    shown.append(button);
  }
}

function keep(which) {
  const { chosen, history } = state;
  const mark = doc.item(history.now, chosen);
  if (mark?.polygon) change(doc.replaced(history.now, chosen, { polygon: mark.polygon, sample: which }));
  else change(doc.setting(history.now, "sample", which));
}

find("more").onclick = more;
find("automatic").onclick = () => change(doc.setting(state.history.now, "sample", null));
whenOpened(() => find("samples").replaceChildren());
