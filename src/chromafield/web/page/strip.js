// Many photographs: a strip with their states, and all of them exported one after the other.

import * as api from "./api.js";
import { hand } from "./files.js";
import { attempt, find, say, state, whenChanged } from "./state.js";
import { open, saveNow, wasGiven, whenListed, whenOpened, whenSolved } from "./work.js";

const exported = new Set(); // numbers of those that were handed out
let pictures = [];

function stateOf({ id, marks, step, error, exported: saved }) {
  if (saved || exported.has(id)) return "exported";
  if (error) return "not opened";
  return marks ? "edited" : step === "ready" ? "coloured" : "new";
}

// What is known here of the one that is open; the list is of when it was asked for.
function note() {
  const one = pictures.find(({ id }) => id === state.id);
  if (!one || !state.light) return;
  const { marks, same } = state.history.now;
  Object.assign(one, { step: "ready", marks: marks.length + same.length });
}

const entries = new Map(); // what stands in the strip, by number

function showStrip(list = pictures) {
  const same = list.length === entries.size && list.every(({ id }) => entries.has(id));
  pictures = list;
  note();
  find("strip").hidden = find("export-all").hidden = find("to-all").hidden = list.length < 2;
  if (!same) {
    entries.clear();
    find("strip").replaceChildren(...list.map(entry));
  }
  for (const picture of list) {
    const { button, word } = entries.get(picture.id);
    button.setAttribute("aria-pressed", picture.id === state.id);
    word.textContent = stateOf(picture);
  }
}

function entry({ id, name }) {
  const button = Object.assign(document.createElement("button"), { title: name, onclick: () => open(id) });
  const image = Object.assign(new Image(), { alt: "" });
  const word = document.createElement("small");
  button.append(image, Object.assign(document.createElement("span"), { textContent: name }), word);
  entries.set(id, { button, image, word });
  if (thumbs.has(id)) image.src = thumbs.get(id);
  else near.observe(image);
  return button;
}

// ---------------------------------------------------------------- small pictures

const thumbs = new Map(); // of the photographs that came near, by number
let drawing = Promise.resolve(); // one after the other: strokes come first
const near = new IntersectionObserver((seen) => {
  for (const [id, { image }] of entries) {
    if (!seen.some((one) => one.isIntersecting && one.target === image)) continue;
    near.unobserve(image);
    draw(id);
  }
});

// The photograph as it is now; one that cannot be read has no picture.
function draw(id) {
  drawing = drawing.then(async () => {
    await saveNow();
    const blob = await api.small(id).catch(() => null);
    if (!blob) return;
    if (thumbs.has(id)) URL.revokeObjectURL(thumbs.get(id));
    thumbs.set(id, URL.createObjectURL(blob));
    const { image } = entries.get(id) ?? {};
    if (image) image.src = thumbs.get(id);
  });
}

let shown = null; // the photograph that is open, once it has its colours

function follow(id) {
  if (pictures.length < 2 || id === shown) return;
  for (const one of [shown, id]) if (one !== null) draw(one);
  shown = id;
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

// The sliders and the palette of the one that is open, for all.
async function giveToAll() {
  if (!state.light) return;
  await saveNow();
  const { settings } = state.history.now;
  const left = [];
  const others = pictures.filter(({ id }) => id !== state.id);
  for (const [i, { id, name }] of others.entries()) {
    say("to-all", `Giving the settings to ${i + 1} of ${others.length}: ${name}`);
    try {
      wasGiven(id, await api.giveSettings(id, settings));
    } catch (error) {
      left.push(`${name} was left out: ${error.message}`);
    }
  }
  showStrip((await attempt("list", api.pictures)) ?? pictures);
  say("to-all", left.join(" ") || `${others.length === 1 ? "The other photograph has" : `All ${others.length} others have`} the same settings.`);
}

const STILL = /^ref_\d+\.png$/; // as `film stills` names them

function sayWhere({ folder, left }) {
  const where = folder ? ` The coloured pictures lie in ${folder}` : "";
  const film = folder && pictures.every(({ name }) => STILL.test(name)) ? ` To give them to the film: chromafield film FILM -o COLOURED --references ${folder}` : "";
  say("export", `${left.join(" ") || "All are exported."}${where}${film}`);
}

find("export-all").onclick = exportAll;
find("to-all").onclick = giveToAll;
whenListed(showStrip);
whenOpened(() => {
  known = null;
});
whenSolved(() => follow(state.id));
whenChanged(() => {
  changed();
  showStrip();
});
