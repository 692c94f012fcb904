// Many photographs: a strip with their states, and all of them exported one after the other.

import * as api from "./api.js";
import { hand } from "./files.js";
import { attempt, find, say, state, whenChanged } from "./state.js";
import { open, whenListed } from "./work.js";

const exported = new Set(); // numbers of those that were handed out
let pictures = [];

function stateOf({ id, marks, step, error }) {
  if (exported.has(id)) return "exported";
  if (error) return "not opened";
  const made = id === state.id && state.light ? state.history.now.marks.length + state.history.now.same.length : marks;
  return made ? "edited" : step === "ready" ? "coloured" : "new";
}

function showStrip(list = pictures) {
  pictures = list;
  find("strip").hidden = find("export-all").hidden = list.length < 2;
  find("strip").replaceChildren(
    ...list.map((picture) => {
      const button = Object.assign(document.createElement("button"), { title: picture.name, onclick: () => open(picture.id) });
      button.setAttribute("aria-pressed", picture.id === state.id);
      const name = Object.assign(document.createElement("span"), { textContent: picture.name });
      const small = Object.assign(document.createElement("small"), { textContent: stateOf(picture) });
      button.append(name, small);
      return button;
    }),
  );
}

export function step(by) {
  const at = pictures.findIndex(({ id }) => id === state.id);
  const next = pictures[at + by];
  if (next) open(next.id);
}

export function wasExported(id) {
  exported.add(id);
  showStrip();
}

async function exportAll() {
  for (const [i, { id, name }] of pictures.entries()) {
    if (exported.has(id)) continue; // goes on where it stopped
    say("export", `Exporting ${i + 1} of ${pictures.length}: ${name}`);
    const told = await attempt("export", async () => {
      const status = await api.status(id, { wait: true });
      if (status.error) throw new Error(`${name} was left out: ${status.error}`);
      return api.exported(id, (await api.hints(id)).hints, {});
    });
    if (!told) continue;
    hand(told.name, told.blob);
    wasExported(id);
  }
}

find("export-all").onclick = exportAll;
whenListed(showStrip);
whenChanged(() => showStrip());
