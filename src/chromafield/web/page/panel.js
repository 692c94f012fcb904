// The panel of marks and settings; in a small window it is folded, and lies over the stage when asked for.

import { find } from "./state.js";

export function showPanel(wanted) {
  const shown = document.body.classList.toggle("panel", wanted);
  find("panel-shown").setAttribute("aria-expanded", shown);
}
