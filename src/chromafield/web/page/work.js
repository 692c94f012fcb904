// A picture's way through the page: opened, changed, solved and saved.

import * as api from "./api.js";
import * as doc from "./hints.js";
import { plain, recall, remember } from "./memory.js";
import { attempt, find, fresh, hush, say, showCommand, showStatus, stage, state, tellChanged } from "./state.js";
import { awaitColours, paintNow, painter, show, showDoubt } from "./view.js";

const kepts = new Map(); // what was made of each picture, by its number
const openers = []; // what else is shown of a picture,
const listers = []; // of all of them,
const solvers = []; // and of its colours

export const whenOpened = (act) => openers.push(act);
export const whenListed = (act) => listers.push(act);
export const whenSolved = (act) => solvers.push(act);

// ---------------------------------------------------------------- opening

export async function listPictures() {
  const list = await attempt("list", api.pictures);
  if (!list) return;
  find("pictures").replaceChildren(...list.map((p) => new Option(p.name, p.id, false, p.id === state.id)));
  listers.forEach((act) => act(list));
  document.body.toggleAttribute("data-empty", !list.length);
  find("empty").hidden = list.length > 0;
  if (state.id === null && list.length) await open(list[0].id);
}

// Until the picture is ready nothing can be changed, so that no picture gets another's hints; clicks wait.
// Whether it opened; `query`: how to ask for it again, `quiet` leaves the note that is there.
export async function open(id, query = {}, quiet = false) {
  const saved = saveNow();
  const nothing = { status: null, grey: null, light: null, chosen: null, pointed: null, corners: [], first: null, ring: null, doubt: null, reach: null, trust: null, matched: null, alike: null, drag: null, spot: null, tried: null };
  Object.assign(state, { id, kept: fresh(), ...nothing });
  waiting = [];
  if (!quiet) hush();
  showCommand();
  find("pictures").value = id;
  find("progress").hidden = false;
  find("empty").hidden = true;
  document.body.toggleAttribute("data-empty", false);
  openers.forEach((act) => act());
  await saved;
  const status = await refusable(id, () => ready(id, query));
  if (state.id !== id) return true;
  find("progress").hidden = true;
  if (!status) {
    showStatus("");
    return false;
  }
  await showGrey(id);
  const told = await attempt("hints", () => api.hints(id));
  if (!state.grey || !told || state.id !== id) return false;
  const kept = taken(id, told, status);
  Object.assign(state, { status, light: state.grey, kept });
  showStatus();
  showCommand();
  tellChanged();
  await solve();
  await showDoubt();
  for (const act of waiting.splice(0)) act();
  return true;
}

let waiting = []; // clicks that came before the colours

export function whenReady(act) {
  if (state.light) act();
  else if (state.grey) waiting.push(act);
}

// What the server refuses, with what can be done about it.
async function refusable(id, work) {
  try {
    return await work();
  } catch (error) {
    if (state.id !== id) return null;
    const anew = { "Colour it anew": () => open(id, { again: true, force: true }) };
    if (error.offer === "force") say("open", "This photograph is in colour already.", anew);
    else say("open", error.message, { "Try again": () => open(id) });
    return null;
  }
}

// The photograph as it is, before its colours are known.
async function showGrey(id) {
  if (state.grey) return;
  const light = await attempt("look", () => api.lightness(id));
  if (!light || state.id !== id || state.grey) return;
  state.grey = light;
  painter.clear();
  show(light);
}

// What was made of the picture before, with its past, where nobody else changed it since.
function taken(id, told, status) {
  const before = kepts.get(id);
  if (before?.revision === told.revision) return before;
  const known = recall(status, told.hints);
  const kept = { history: known?.history ?? new doc.History(told.hints), revision: told.revision, base: plain(told.hints) };
  kepts.set(id, kept);
  if (known?.unsaved) saveSoon();
  return kept;
}

// Settings were given to a picture that is not shown; what was made of it here goes on, with its past.
export function wasGiven(id, { hints, revision }) {
  const kept = kepts.get(id);
  if (kept?.revision !== revision - 1) return;
  kept.history.push(hints);
  Object.assign(kept, { revision, base: plain(hints) });
}

const STEPS = { waiting: "Waiting", starting: "Starting", reading: "Reading", "asking the network": "Finding its colours" };

async function ready(id, query) {
  const began = performance.now();
  for (let asked = { again: true, ...query }; ; asked = {}) {
    const status = await api.status(id, asked);
    if (state.id !== id) return null;
    if (status.error) throw Object.assign(new Error(status.error), { offer: status.offer });
    if (status.width) {
      state.status = status;
      await showGrey(id);
    }
    if (status.step === "ready") return status;
    const seconds = Math.round((performance.now() - began) / 1000);
    showStatus(`${STEPS[status.step] ?? status.step}…${seconds ? ` ${seconds} s` : ""}`);
    await new Promise((done) => setTimeout(done, 150));
  }
}

// Files that were dropped or chosen. Of one that is none, the studio keeps no copy.
export async function receive(files, query = {}) {
  const before = state.id;
  for (const file of files) {
    const told = await attempt("open", () => api.upload(file));
    if (!told || (await open(told.id, query)) || state.id !== told.id) continue;
    const status = await api.status(told.id).catch(() => null);
    if (!status?.dropped || status.offer) continue;
    await api.close(told.id).catch(() => null);
    state.id = null;
    if (before !== null) await open(before, {}, true);
  }
  await listPictures();
}

// ---------------------------------------------------------------- solving

const TOGETHER = 100; // milliseconds that the page waits, so that a change and its colours are one frame
let asked = 0;
let solving = null;

// One question at a time; of those that wait the last alone is asked.
export async function solve() {
  const mine = ++asked;
  if (solving) await solving;
  if (mine !== asked || !state.light) return;
  const { id } = state;
  const began = performance.now();
  awaitColours(TOGETHER);
  solving = attempt("solve", () => api.planes(id, state.tried ?? state.history.now));
  const planes = await solving;
  solving = null;
  if (id !== state.id) return;
  const answered = performance.now();
  if (planes) {
    painter.setPlanes(planes);
    solvers.forEach((act) => act(planes));
  }
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
    Object.assign(kept, { revision: told.revision, base: plain(document) });
    if (state.id !== id) return;
    remember(state.status, kept);
    say("save", told.note || null);
    state.status.command = told.command;
    showCommand();
    stage.dataset.saved = String(told.revision);
  } catch (error) {
    if (error.status && (await caughtUp(id, kept).catch(() => false))) {
      if (state.id === id) saveSoon();
      return;
    }
    const both = { "Show those": () => showTheirs(id, kept), "Keep these": () => keepThese(id, kept) };
    const offers = { 409: both, 0: { "Try again": () => whenBack(id, kept) } };
    say("save", error.message, offers[error.status] ?? { "Try again": saveSoon });
    if (error.status === 0) setTimeout(() => whenBack(id, kept), RETRY);
  }
}

const RETRY = 2000; // milliseconds between questions to a server that is gone
let asking = false;

// Whether the server was started again since: it counts anew, and has what was saved last.
async function caughtUp(id, kept) {
  const { step } = await api.status(id);
  if (step !== "ready") await api.status(id, { wait: true });
  const told = await api.hints(id);
  if ((step === "ready" && told.revision === kept.revision) || plain(told.hints) !== kept.base) return false;
  kept.revision = told.revision;
  return true;
}

// What was made while the server was gone is sent.
async function whenBack(id, kept) {
  if (state.id !== id || asking) return;
  asking = true;
  try {
    await caughtUp(id, kept);
    say("save", null);
    saveSoon();
    solve();
  } catch {
    setTimeout(() => whenBack(id, kept), RETRY);
  } finally {
    asking = false;
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
  state.tried = null;
  state.history.push(document);
  await follow();
}

function follow() {
  const { chosen } = state;
  if (chosen && !state.history.now[chosen.list][chosen.place]) state.chosen = null;
  const solved = solve(); // asked first: the rest is done while the server is at work
  remember(state.status, state.kept);
  saveSoon();
  // Who is typing must not have it written over later.
  if (document.activeElement?.matches("input")) tellChanged();
  else Promise.race([solved, new Promise((done) => setTimeout(done, TOGETHER))]).then(tellChanged);
  return solved;
}

export function undo() {
  if (state.light && state.history.undo()) follow();
}

export function redo() {
  if (state.light && state.history.redo()) follow();
}
