// The photograph as another program coloured it: its colours are taken, and where is shown.

import * as api from "./api.js";
import * as doc from "./hints.js";
import { attempt, find, say, state, tellChanged, whenChanged } from "./state.js";
import { asMap, paint } from "./view.js";
import { change } from "./work.js";

const known = new Map(); // what is taken of versions: {map, share}, by picture and name

const nameOf = () => state.history.now.marks.find((mark) => mark.colored)?.colored;
const percent = (share) => `${Math.round(100 * share)} %`;

export function taken(name) {
  const share = known.get(`${state.id} ${name}`)?.share;
  return share === undefined ? "" : `${percent(share)} taken`;
}

// Dark where nothing is taken, as on the trust sheet of the command line.
async function showTrust() {
  const name = state.light ? nameOf() : null;
  const key = `${state.id} ${name}`;
  state.trust = known.get(key)?.map ?? null;
  if (!name || known.has(key)) return;
  known.set(key, {}); // asked for once
  const told = await attempt("trust", () => api.trust(state.id, doc.over(doc.empty(), name)));
  if (!told) {
    known.delete(key);
    return;
  }
  const share = told.bytes.reduce((sum, one) => sum + one, 0) / told.bytes.length / 255;
  known.set(key, { map: asMap(told, [0, 0, 0], (value) => 0.7 * (255 - value)), share });
  tellChanged();
  paint();
}

// Lays its colours under all marks; while it is chosen, what is not taken is dark.
export async function takeVersion(file) {
  const { id } = state;
  const kept = await attempt("version", () => api.keepReference(id, file));
  if (!kept || id !== state.id) return;
  state.chosen = { list: "marks", place: 0 };
  change(doc.over(state.history.now, kept.reference));
}

find("version").onchange = async (event) => {
  const [file] = event.target.files;
  const { id } = state;
  const use = file && state.light && (await attempt("version", () => api.use(id, file)));
  event.target.value = "";
  if (!use || id !== state.id) return;
  if (use.taken) takeVersion(file);
  else say("version", use.why || `${file.name} has no colours. Choose one that has.`);
};
whenChanged(showTrust);

// What a picture that was dropped on an open one may be for it, as a sentence and its answers.
export async function offer(file, { refer, open }) {
  const { id } = state;
  const use = await attempt("open", () => api.use(id, file));
  if (!use || id !== state.id) return;
  if (!use.colors) {
    open(file);
    return;
  }
  const version = use.taken ? { [`Take its colours (${percent(use.taken)})`]: () => takeVersion(file) } : {};
  const agrees = use.taken ? ` and shows this photograph: they agree on ${percent(use.taken)} of it` : "";
  say("open", `${file.name} is in colour${agrees}.`, { ...version, "Use as a reference": () => refer([file]), "Colour it anew": () => open(file, { again: true, force: true }) });
}
