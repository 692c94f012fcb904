// A picture's way through the page: opened, changed, solved and saved.

import * as api from "./api.js";
import * as doc from "./hints.js";
import { attempt, find, fresh, hush, say, showCommand, showStatus, stage, state, tellChanged } from "./state.js";
import { paintNow, painter, show, showDoubt } from "./view.js";

const shelf = new Map(); // what was made of each picture, by its number
const openers = []; // what else is shown of a picture

export const whenOpened = (act) => openers.push(act);

// ---------------------------------------------------------------- opening

export async function listPictures() {
  const list = await attempt("list", api.pictures);
  if (!list) return;
  find("pictures").replaceChildren(...list.map((p) => new Option(p.name, p.id, false, p.id === state.id)));
  if (state.id === null && list.length) await open(list[0].id);
}

// Until the picture is ready nothing can be changed, so that no picture gets another's hints.
export async function open(id) {
  const saved = saveNow();
  const nothing = { status: null, light: null, chosen: null, corners: [], first: null, ring: null, doubt: null, drag: null };
  Object.assign(state, { id, kept: fresh(), ...nothing });
  hush();
  showCommand();
  find("pictures").value = id;
  find("progress").hidden = false;
  find("empty").hidden = true;
  openers.forEach((act) => act());
  await saved;
  const status = await attempt("open", () => ready(id));
  if (state.id !== id) return;
  find("progress").hidden = true;
  if (!status) return;
  const light = await attempt("open", () => api.lightness(id));
  const told = await attempt("open", () => api.hints(id));
  if (!light || !told || state.id !== id) return;
  Object.assign(state, { status, light, kept: taken(id, told) });
  show(light);
  showStatus();
  showCommand();
  tellChanged();
  await solve();
  await showDoubt();
}

// What was made of the picture before, with its past, where nobody else changed it since.
function taken(id, told) {
  const before = shelf.get(id);
  const kept = before?.revision === told.revision ? before : { history: new doc.History(told.hints), revision: told.revision };
  shelf.set(id, kept);
  return kept;
}

async function ready(id) {
  for (let again = true; ; again = false) {
    const status = await api.status(id, again);
    if (state.id !== id) return null;
    if (status.error) throw new Error(status.error);
    if (status.step === "ready") return status;
    showStatus(`${status.step}…`);
    await new Promise((done) => setTimeout(done, 150));
  }
}

export async function receive(files) {
  for (const file of files) {
    const told = await attempt("open", () => api.upload(file));
    if (told) await open(told.id);
  }
  await listPictures();
}

// ---------------------------------------------------------------- solving

let asked = 0;
let solving = null;

// One question at a time; of those that wait the last alone is asked.
export async function solve() {
  const mine = ++asked;
  if (solving) await solving;
  if (mine !== asked || !state.light) return;
  const { id } = state;
  const began = performance.now();
  solving = attempt("solve", () => api.planes(id, state.history.now));
  const planes = await solving;
  solving = null;
  if (id !== state.id) return;
  const answered = performance.now();
  if (planes) painter.setPlanes(planes);
  paintNow();
  painter.gl.finish();
  stage.dataset.painted = String(Number(stage.dataset.painted ?? 0) + 1);
  const told = { all: performance.now() - began, server: planes?.server, painting: performance.now() - answered };
  stage.dataset.milliseconds = JSON.stringify(told);
}

// ---------------------------------------------------------------- saving

let timer = null;
let saving = Promise.resolve();

function saveSoon() {
  clearTimeout(timer);
  timer = setTimeout(saveNow, 300);
}

// One save after the other, each with the revision that the one before left.
export function saveNow() {
  if (timer === null) return saving;
  clearTimeout(timer);
  timer = null;
  const { id, kept } = state;
  const document = kept.history.now;
  saving = saving.then(() => write(id, kept, document));
  return saving;
}

async function write(id, kept, document) {
  try {
    const told = await api.save(id, document, kept.revision);
    kept.revision = told.revision;
    if (state.id !== id) return;
    say("save", told.note || null);
    state.status.command = told.command;
    showCommand();
    stage.dataset.saved = String(told.revision);
  } catch (error) {
    const answers = { "Show those": () => showTheirs(id, kept), "Keep these": () => keepThese(id, kept) };
    say("save", error.message, error.status === 409 ? answers : {});
  }
}

async function showTheirs(id, kept) {
  const told = await attempt("save", () => api.hints(id));
  if (!told || state.id !== id) return;
  kept.revision = told.revision;
  change(told.hints); // undo brings these back
}

async function keepThese(id, kept) {
  const told = await attempt("save", () => api.hints(id));
  if (!told || state.id !== id) return;
  kept.revision = told.revision;
  saveSoon();
}

addEventListener("pagehide", saveNow);

// ---------------------------------------------------------------- changing

// A new document, and all that follows from it.
export async function change(document) {
  if (!state.light) return;
  state.history.push(document);
  await follow();
}

function follow() {
  const { chosen } = state;
  if (chosen && !state.history.now[chosen.list][chosen.place]) state.chosen = null;
  saveSoon();
  tellChanged();
  return solve();
}

export function undo() {
  if (state.light && state.history.undo()) follow();
}

export function redo() {
  if (state.light && state.history.redo()) follow();
}
