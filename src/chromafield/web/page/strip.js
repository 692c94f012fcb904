// Many photographs: a strip with their states, and all of them exported one after the other.

import * as api from "./api.js";
import { hand } from "./files.js";
import { attempt, find, say, state, whenChanged } from "./state.js";
import { open, saveNow, whenListed, whenOpened } from "./work.js";

const exported = new Set(); // numbers of those that were handed out
let pictures = [];

function stateOf({ id, marks, step, error, exported: saved }) {
  if (saved || exported.has(id)) return "exported";
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

// What is changed since is to be exported again.
function changed() {
  const one = pictures.find(({ id }) => id === state.id);
  if (!one || !state.light || state.history.now === known) return;
  if (known) {
    exported.delete(state.id);
    one.exported = false;
  }
  known = state.history.now;
}

let known = null; // the document that is shown

// Those of a folder go into a folder in it, the others where the browser keeps what it gets.
async function exportAll() {
  await saveNow();
  showStrip((await attempt("list", api.pictures)) ?? pictures);
  const told = { folder: null, left: [] };
  for (const [i, picture] of pictures.entries()) {
    if (picture.exported || exported.has(picture.id)) continue; // goes on where it stopped
    say("export", `Exporting ${i + 1} of ${pictures.length}: ${picture.name}`);
    try {
      told.folder = (await exportOne(picture)) ?? told.folder;
      wasExported(picture.id);
    } catch (error) {
      told.left.push(`${picture.name} was left out: ${error.message}`);
    }
  }
  sayWhere(told);
}

// The folder that it was saved in; none where the browser keeps it.
async function exportOne({ id, dropped }) {
  const status = await api.status(id, { wait: true });
  if (status.error) throw new Error(status.error);
  const { hints } = await api.hints(id);
  if (!dropped) return (await api.saveBeside(id, hints)).saved.replace(/[^/\\]*$/, "");
  const told = await api.exported(id, hints, {});
  hand(told.name, told.blob);
  return null;
}

const STILL = /^ref_\d+\.png$/; // as `film stills` names them

function sayWhere({ folder, left }) {
  const where = folder ? ` The coloured pictures lie in ${folder}` : "";
  const film = folder && pictures.every(({ name }) => STILL.test(name)) ? ` To give them to the film: chromafield film FILM -o COLOURED --references ${folder}` : "";
  say("export", `${left.join(" ") || "All are exported."}${where}${film}`);
}

find("export-all").onclick = exportAll;
whenListed(showStrip);
whenOpened(() => {
  known = null;
});
whenChanged(() => {
  changed();
  showStrip();
});
