// The studio: what people do, and what it makes of it.

import * as api from "./api.js";
import { exists, fromHex, labToRgb, rgbToLab, toHex } from "./colour.js";
import * as doc from "./hints.js";
import { Painter } from "./painter.js";

const find = (id) => document.getElementById(id);
const stage = find("stage");
const over = find("over");
const painter = new Painter(find("paint"));
const drawn = document.createElement("canvas"); // the marks at the preview's size

const state = {
  id: null, // the open picture's number
  status: null, // what the server says of it
  light: null, // the preview's lightness
  history: new doc.History(doc.empty()),
  revision: 0,
  tool: "point",
  color: "#a05040",
  chosen: -1, // the mark that is chosen
  corners: [], // of a region that is being drawn
  first: null, // the first of two regions that shall agree
  cross: [0.5, 0.5], // the keyboard's place
  zoom: 1,
  middle: [0.5, 0.5], // of the view
  drag: null,
  ring: null, // where the next click helps most
  doubt: null, // how unsure the network is, as a canvas
};

// ---------------------------------------------------------------- messages

function say(sentence) {
  const box = find("message");
  box.hidden = !sentence;
  box.firstElementChild.textContent = sentence ?? "";
}

find("message").querySelector("button").onclick = () => say(null);

// Runs work that may be refused; the sentence goes on the page.
async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    say(error.message);
    return null;
  }
}

// ---------------------------------------------------------------- opening

async function listPictures() {
  const list = await attempt(api.pictures);
  if (!list) return;
  find("pictures").replaceChildren(...list.map((p) => new Option(p.name, p.id, false, p.id === state.id)));
  if (state.id === null && list.length) await open(list[0].id);
}

async function open(id) {
  await saveNow();
  Object.assign(state, { id, status: null, light: null, chosen: -1, corners: [], first: null, ring: null, doubt: null });
  find("samples").replaceChildren();
  find("pictures").value = id;
  find("progress").hidden = false;
  find("empty").hidden = true;
  const status = await attempt(() => ready(id));
  find("progress").hidden = true;
  if (!status || state.id !== id) return;
  const light = await attempt(() => api.lightness(id));
  const kept = await attempt(() => api.hints(id));
  if (!light || !kept || state.id !== id) return;
  Object.assign(state, { status, light, revision: kept.revision, history: new doc.History(kept.hints) });
  [drawn.width, drawn.height] = light.size;
  painter.setLightness(light);
  painter.setMarks(drawn);
  whole();
  showReference(null);
  showSettings();
  await solve();
  await showDoubt();
}

async function ready(id) {
  for (;;) {
    const status = await api.status(id);
    find("status").textContent = status.step === "ready" ? `${status.width} × ${status.height}` : `${status.step}…`;
    if (status.error) throw new Error(status.error);
    if (status.step === "ready") return status;
    await new Promise((done) => setTimeout(done, 150));
  }
}

async function receive(files) {
  for (const file of files) {
    const told = await attempt(() => api.upload(file));
    if (told) await open(told.id);
  }
  await listPictures();
}

find("file").onchange = (event) => receive(event.target.files);
find("pictures").onchange = (event) => open(event.target.value);
stage.ondragover = (event) => event.preventDefault();
stage.ondrop = (event) => {
  event.preventDefault();
  receive(event.dataTransfer.files);
};

// ---------------------------------------------------------------- solving and saving

let asked = 0;
let solving = null;

// One question at a time; of those that wait the last alone is asked.
async function solve() {
  const mine = ++asked;
  if (solving) await solving;
  if (mine !== asked || !state.light) return;
  const began = performance.now();
  solving = attempt(() => api.planes(state.id, state.history.now));
  const planes = await solving;
  solving = null;
  const answered = performance.now();
  if (planes) {
    painter.setPlanes(planes);
    say(null);
  }
  paint();
  painter.gl.finish();
  stage.dataset.painted = String(Number(stage.dataset.painted ?? 0) + 1);
  const told = { all: performance.now() - began, server: planes?.server, painting: performance.now() - answered };
  stage.dataset.milliseconds = JSON.stringify(told);
}

let timer = null;

function saveSoon() {
  clearTimeout(timer);
  timer = setTimeout(saveNow, 300);
}

async function saveNow() {
  if (timer === null || state.id === null) return;
  clearTimeout(timer);
  timer = null;
  const told = await attempt(() => api.save(state.id, state.history.now, state.revision));
  if (told) state.revision = told.revision;
  stage.dataset.saved = String(state.revision);
}

addEventListener("pagehide", saveNow);

// A new document, and all that follows from it.
function change(document) {
  state.history.push(document);
  follow();
}

function follow() {
  if (state.chosen >= state.history.now.marks.length) state.chosen = -1;
  saveSoon();
  showSettings();
  solve();
}

function undo() {
  if (state.history.undo()) follow();
}

function redo() {
  if (state.history.redo()) follow();
}

// ---------------------------------------------------------------- view

function fit() {
  for (const canvas of [painter.canvas, over]) {
    canvas.width = Math.max(stage.clientWidth * devicePixelRatio, 1);
    canvas.height = Math.max(stage.clientHeight * devicePixelRatio, 1);
  }
  paint();
}

// Shares of the picture in a canvas pixel, at this zoom.
function scale() {
  const [w, h] = state.light.size;
  const whole = Math.min(over.width / w, over.height / h) * state.zoom;
  return [1 / (w * whole), 1 / (h * whole)];
}

function view() {
  const [sx, sy] = scale();
  const [x, y] = state.middle;
  return [x - (sx * over.width) / 2, y - (sy * over.height) / 2, 1 / (sx * over.width), 1 / (sy * over.height)];
}

// From the pointer to shares of the picture, and back to canvas pixels.
function placeOf(event) {
  const box = stage.getBoundingClientRect();
  const [left, top, fx, fy] = view();
  return [left + (event.clientX - box.left) / box.width / fx, top + (event.clientY - box.top) / box.height / fy];
}

function pixelOf([x, y]) {
  const [left, top, fx, fy] = view();
  return [(x - left) * fx * over.width, (y - top) * fy * over.height];
}

const isInside = ([x, y]) => x >= 0 && x <= 1 && y >= 0 && y <= 1;

function whole() {
  Object.assign(state, { zoom: 1, middle: [0.5, 0.5] });
  fit();
}

function zoomBy(factor, at = state.middle) {
  if (!state.light) return;
  const before = state.zoom;
  state.zoom = Math.min(Math.max(state.zoom * factor, 1), 64);
  const kept = before / state.zoom;
  state.middle = state.middle.map((m, i) => at[i] + (m - at[i]) * kept);
  paint();
  look();
}

let looking = null;

// Full detail of what is seen, once the view has come to rest.
function look() {
  clearTimeout(looking);
  looking = setTimeout(async () => {
    const [left, top, fx, fy] = view();
    const part = [left, top, left + 1 / fx, top + 1 / fy].map((n) => Math.min(Math.max(n, 0), 1));
    if (state.zoom <= 1 || state.status.width <= state.light.size[0]) {
      painter.detail = null;
      return;
    }
    const [l, t, right, bottom] = part;
    const detail = await attempt(() => api.lightness(state.id, { left: l, top: t, right, bottom }));
    if (detail) painter.setDetail(detail, part);
    paint();
  }, 200);
}

// ---------------------------------------------------------------- painting

function paint() {
  if (!state.light) return;
  const context = drawn.getContext("2d", { willReadFrequently: true });
  doc.draw(context, state.history.now, state.light.size);
  const half = state.drag?.mark;
  if (half) doc.trace(context, half, state.light.size);
  painter.setMarks(drawn);
  painter.draw({ view: view(), split: Number(find("split").value), strength: Number(find("strength").value) });
  handles();
}

function handles() {
  const context = over.getContext("2d");
  context.clearRect(0, 0, over.width, over.height);
  if (find("doubt").checked && state.doubt) {
    const [left, top] = pixelOf([0, 0]);
    const [right, bottom] = pixelOf([1, 1]);
    context.drawImage(state.doubt, left, top, right - left, bottom - top);
  }
  if (find("marks").checked) {
    state.history.now.marks.forEach((mark, i) => {
      const place = doc.places(mark)[0];
      if (place) ring(context, place, i === state.chosen ? 9 : 6, i === state.chosen ? "#ffd400" : "#ffffff");
    });
  }
  if (state.corners.length) {
    context.strokeStyle = "#ffd400";
    context.beginPath();
    state.corners.forEach((corner, i) => context[i ? "lineTo" : "moveTo"](...pixelOf(corner)));
    context.stroke();
  }
  if (state.ring) ring(context, state.ring, 16, "#ff4fd8");
  if (document.activeElement === stage) ring(context, state.cross, 3, "#00e0ff");
  const split = Number(find("split").value);
  if (split > 0) {
    const [x] = pixelOf([split, 0]);
    context.fillStyle = "#ffffff";
    context.fillRect(x - 1, 0, 2, over.height);
  }
}

// Yellow over what the network is unsure of, the stronger the more.
async function showDoubt() {
  if (find("doubt").checked && !state.doubt && state.light) {
    const told = await attempt(() => api.doubt(state.id));
    if (!told) return;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = told.size;
    const image = new ImageData(...told.size);
    told.bytes.forEach((value, i) => image.data.set([255, 210, 0, Math.min(value * 1.2, 255)], 4 * i));
    canvas.getContext("2d").putImageData(image, 0, 0);
    state.doubt = canvas;
  }
  paint();
}

function ring(context, place, radius, color) {
  const [x, y] = pixelOf(place);
  for (const [width, style] of [[4, "#000000"], [2, color]]) {
    context.lineWidth = width * devicePixelRatio;
    context.strokeStyle = style;
    context.beginPath();
    context.arc(x, y, radius * devicePixelRatio, 0, 2 * Math.PI);
    context.stroke();
  }
}

// ---------------------------------------------------------------- tools

function choose(tool) {
  state.tool = tool;
  state.corners = [];
  for (const button of document.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", button.dataset.tool === tool);
  stage.style.cursor = { pan: "grab", move: "default" }[tool] ?? "crosshair";
  paint();
}

const radius = () => Number(find("radius").value);

function press(place) {
  if (!state.light || (!isInside(place) && state.tool !== "pan")) return;
  state.ring = null;
  state.cross = place;
  switch (state.tool) {
    case "point":
      mark({ at: place, radius: radius(), color: state.color }, place);
      break;
    case "stroke":
      state.drag = { mark: { path: [place], radius: radius(), color: state.color } };
      break;
    case "fill":
      state.corners.push(place);
      break;
    case "same":
      same(place);
      break;
    case "pick":
      setColor(toHex(painter.read(...pixelOf(place).map(Math.round))));
      break;
    case "move":
      state.chosen = doc.hit(state.history.now, place, state.light.size);
      if (state.chosen >= 0) state.drag = { from: place, was: state.history.now.marks[state.chosen] };
      suggestFor(place);
      break;
  }
  paint();
}

function mark(one, place) {
  state.chosen = state.history.now.marks.length;
  change(doc.add(state.history.now, one));
  suggestFor(place);
}

function same(place) {
  const region = { at: place, radius: Math.max(radius(), 0.01) };
  if (!state.first) {
    state.first = region;
    find("status").textContent = "Now the region that shall have the same colour";
    return;
  }
  const [one, other] = [state.first, region];
  state.first = null;
  change(doc.tied(state.history.now, one, other));
}

function closeRegion() {
  const corners = state.corners;
  state.corners = [];
  if (corners.length >= 3) mark({ polygon: corners, color: state.color }, corners[0]);
}

function dragTo(place) {
  const { drag } = state;
  if (drag.pan) {
    state.middle = state.middle.map((m, i) => Math.min(Math.max(m + drag.pan[i] - place[i], 0), 1));
  } else if (drag.mark && isInside(place)) {
    drag.mark.path.push(place);
  } else if (drag.from) {
    drag.to = doc.moved(drag.was, place[0] - drag.from[0], place[1] - drag.from[1]);
  }
  paint();
}

function release() {
  const { drag } = state;
  state.drag = null;
  if (drag?.mark) mark(drag.mark, drag.mark.path[0]);
  else if (drag?.to) change(doc.replaced(state.history.now, state.chosen, drag.to));
  else if (drag?.pan) look();
}

stage.onpointerdown = (event) => {
  if (!state.light || event.target.closest("button")) return;
  stage.focus({ preventScroll: true });
  stage.setPointerCapture(event.pointerId);
  const place = placeOf(event);
  if (event.button === 1 || state.tool === "pan" || held) state.drag = { pan: place };
  else press(place);
};
stage.onpointermove = (event) => {
  if (state.drag) dragTo(placeOf(event));
};
stage.onpointerup = release;
stage.onwheel = (event) => {
  event.preventDefault();
  if (state.light) zoomBy(event.deltaY < 0 ? 1.25 : 0.8, placeOf(event));
};
stage.onfocus = stage.onblur = () => state.light && handles();

function remove() {
  if (state.chosen < 0) return;
  const place = state.chosen;
  state.chosen = -1;
  change(doc.without(state.history.now, place));
}

async function nextClick() {
  const told = await attempt(() => api.unsure(state.id, state.history.now));
  if (!told) return;
  state.ring = state.cross = [told.x, told.y];
  stage.focus();
  await suggestFor(state.ring);
  paint();
}

// ---------------------------------------------------------------- colours

function setColor(hex) {
  state.color = hex;
  if (hex !== "grey") find("color").value = hex;
  find("hex").textContent = hex;
  wheel();
}

// A colour that a person picks: for what comes, and for the mark that is chosen.
function give(hex) {
  setColor(hex);
  const chosen = state.history.now.marks[state.chosen];
  if (!chosen || chosen.layer || chosen.scribbles) return;
  const { sample, ...mark } = chosen;
  change(doc.replaced(state.history.now, state.chosen, { ...mark, color: hex }));
}

function lightnessAt([x, y]) {
  const [w, h] = state.light.size;
  const at = (n, side) => Math.min(Math.max(Math.floor(n * side), 0), side - 1);
  return state.light.bytes[at(y, h) * w + at(x, w)] / 2.55;
}

const REACH = 110; // ab units at the wheel's edge
let level = 55; // the lightness that the wheel shows

function wheel() {
  const canvas = find("wheel");
  const context = canvas.getContext("2d");
  const side = canvas.width;
  const image = context.createImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    const rgb = labToRgb([level, ...abAt(i % side, Math.floor(i / side), side)]);
    if (exists(rgb)) image.data.set([...rgb.map((c) => Math.round(255 * c)), 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  const [, a, b] = rgbToLab(fromHex(state.color === "grey" ? "#808080" : state.color));
  context.lineWidth = 2;
  context.strokeStyle = level > 50 ? "#000000" : "#ffffff";
  context.beginPath();
  context.arc(((a / REACH + 1) * side) / 2, ((1 - b / REACH) * side) / 2, 5, 0, 2 * Math.PI);
  context.stroke();
}

const abAt = (x, y, side) => [(2 * x / side - 1) * REACH, (1 - 2 * y / side) * REACH];

function giveAb(a, b) {
  const rgb = labToRgb([level, a, b]);
  if (exists(rgb)) give(toHex(rgb));
}

find("wheel").onclick = (event) => giveAb(...abAt(event.offsetX, event.offsetY, event.target.clientWidth));
find("wheel").onkeydown = (event) => {
  const step = { ArrowLeft: [-4, 0], ArrowRight: [4, 0], ArrowUp: [0, 4], ArrowDown: [0, -4] }[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation();
  const [, a, b] = rgbToLab(fromHex(state.color === "grey" ? "#808080" : state.color));
  // Where no such colour exists, the nearest towards grey.
  for (let share = 1; share > 0; share -= 0.05) {
    if (exists(labToRgb([level, share * (a + step[0]), share * (b + step[1])]))) {
      giveAb(share * (a + step[0]), share * (b + step[1]));
      return;
    }
  }
};

async function suggestFor(place) {
  level = lightnessAt(place);
  wheel();
  const guesses = await attempt(() => api.suggest(state.id, place));
  if (guesses) find("suggestions").replaceChildren(...guesses.map((g) => swatch(g.color, `${g.color}, ${Math.round(100 * g.probability)} %`)));
}

function swatch(color, title) {
  const button = document.createElement("button");
  Object.assign(button, { title, onclick: () => give(color) });
  button.setAttribute("aria-label", title);
  button.style.background = color;
  return button;
}

find("color").oninput = (event) => give(event.target.value);
find("grey").onclick = () => give("grey");

// ---------------------------------------------------------------- palette and reference

const colours = (text) => text.split(/[\s,]+/).filter((c) => /^#[0-9a-fA-F]{6}$/.test(c));

function showSettings() {
  const { palette, palette_strength: strength, reference, reference_strength: trust } = state.history.now.settings;
  find("refer").checked = reference !== undefined;
  if (trust !== undefined) find("reference-strength").value = trust;
  if (reference !== undefined && reference !== shownReference) showReference(reference);
  find("palette").value = palette ?? "";
  if (strength !== undefined) find("palette-strength").value = strength;
  find("swatches").replaceChildren(...colours(palette ?? "").map((c) => swatch(c, c)));
  find("command").textContent = state.status?.command ?? "";
}

find("palette").onchange = (event) => {
  const found = colours(event.target.value);
  const named = doc.setting(state.history.now, "palette", found.length ? found.join(",") : null);
  change(doc.setting(named, "palette_strength", found.length ? Number(find("palette-strength").value) : null));
};
find("palette-strength").onchange = () => find("palette").onchange({ target: find("palette") });

let shownReference = null; // the name of the reference that the page shows

async function showReference(name) {
  find("refer").disabled = name === null;
  find("reference-view").hidden = name === null;
  shownReference = name;
  const picture = name && (await attempt(() => api.reference(state.id, name)));
  if (!picture) return;
  const image = await createImageBitmap(picture);
  const canvas = find("reference-view");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
}

function refer() {
  const used = find("refer").checked;
  const named = doc.setting(state.history.now, "reference", used ? shownReference : null);
  change(doc.setting(named, "reference_strength", used ? Number(find("reference-strength").value) : null));
}

find("reference").onchange = async (event) => {
  const [file] = event.target.files;
  const kept = file && (await attempt(() => api.keepReference(state.id, file)));
  if (!kept) return;
  await showReference(kept.reference);
  if (find("refer").checked) refer();
};
find("refer").onchange = refer;
find("reference-strength").onchange = () => find("refer").checked && refer();
find("reference-view").onclick = (event) => {
  const canvas = event.target;
  const at = [(event.offsetX * canvas.width) / canvas.clientWidth, (event.offsetY * canvas.height) / canvas.clientHeight];
  const [r, g, b] = canvas.getContext("2d").getImageData(...at.map(Math.floor), 1, 1).data;
  give(toHex([r / 255, g / 255, b / 255]));
};

// ---------------------------------------------------------------- samples

const SEED = 0;

// Four more samples; one that is clicked is kept: for the region that is chosen, or for all.
async function moreSamples() {
  const shown = find("samples");
  for (let i = 0; i < 4; i++) {
    const which = [SEED, shown.childElementCount + 1];
    const picture = await attempt(() => api.sample(state.id, which));
    if (!picture) return;
    const image = Object.assign(new Image(), { src: URL.createObjectURL(picture), alt: `Sample ${which[1]}` });
    const button = document.createElement("button");
    button.onclick = () => keepSample(which);
    button.append(image);
    shown.append(button);
  }
}

function keepSample(which) {
  const now = state.history.now;
  const chosen = now.marks[state.chosen];
  if (chosen?.polygon) change(doc.replaced(now, state.chosen, { polygon: chosen.polygon, sample: which }));
  else change(doc.setting(now, "sample", which));
}

find("more").onclick = moreSamples;
find("automatic").onclick = () => change(doc.setting(state.history.now, "sample", null));

// ---------------------------------------------------------------- saving to files

function hand(name, blob) {
  const link = document.createElement("a");
  Object.assign(link, { download: name, href: URL.createObjectURL(blob) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function exportAs(query) {
  find("progress").hidden = false;
  const told = await attempt(() => api.exported(state.id, state.history.now, query));
  find("progress").hidden = true;
  if (told) hand(told.name, told.blob);
}

find("export").onclick = () => exportAs({});
find("layer").onclick = () => exportAs({ layer: true });
find("hints").onclick = () => hand(`${state.status.name}.hints.json`, new Blob([JSON.stringify(state.history.now, null, 1)]));
find("load").onchange = async (event) => {
  const [file] = event.target.files;
  const told = await attempt(async () => JSON.parse(await file.text()));
  if (told && (await attempt(() => api.planes(state.id, told)))) change({ ...doc.empty(), ...told });
};

// ---------------------------------------------------------------- buttons and keys

for (const button of document.querySelectorAll("[data-tool]")) button.onclick = () => choose(button.dataset.tool);
find("undo").onclick = undo;
find("redo").onclick = redo;
find("remove").onclick = remove;
find("next").onclick = nextClick;
find("closer").onclick = () => zoomBy(1.5);
find("farther").onclick = () => zoomBy(1 / 1.5);
find("whole").onclick = whole;
for (const id of ["split", "strength", "marks"]) find(id).oninput = paint;
find("doubt").oninput = showDoubt;

let held = false; // Space: pan while it is down
const KEYS = { p: "point", s: "stroke", f: "fill", a: "same", v: "move", i: "pick", h: "pan" };

addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=range]):not([type=checkbox]), select, textarea");
  if (typing) return;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && key === "z") (event.shiftKey ? redo : undo)();
  else if ((event.ctrlKey || event.metaKey) && key === "y") redo();
  else if (event.ctrlKey || event.metaKey || event.altKey) return;
  else if (KEYS[key]) choose(KEYS[key]);
  else if (key === "n") nextClick();
  else if (key === "g") give("grey");
  else if (key === "+" || key === "=") zoomBy(1.5, state.cross);
  else if (key === "-") zoomBy(1 / 1.5, state.cross);
  else if (key === "0") whole();
  else if (key === "m") find("marks").click();
  else if (key === "d") find("doubt").click();
  else if (key === "delete" || key === "backspace") remove();
  else if (key === "escape") Object.assign(state, { corners: [], first: null, chosen: -1 });
  else if (event.target === stage && !keyOnStage(event, key)) return;
  else if (event.target !== stage) return;
  event.preventDefault();
  paint();
});
addEventListener("keyup", (event) => {
  if (event.key === " ") held = false;
});

function keyOnStage(event, key) {
  const step = event.shiftKey ? 0.05 : 0.01;
  const way = { arrowleft: [-step, 0], arrowright: [step, 0], arrowup: [0, -step], arrowdown: [0, step] }[key];
  if (way) {
    state.cross = state.cross.map((n, i) => Math.min(Math.max(n + way[i], 0), 1));
    if (state.drag?.mark) dragTo(state.cross);
  } else if (key === "enter") {
    // A corner on the last one closes the region.
    if (state.tool === "fill" && String(state.corners.at(-1)) === String(state.cross)) closeRegion();
    else if (state.drag?.mark) release();
    else press(state.cross);
  } else if (key === " ") held = true;
  else return false;
  return true;
}

stage.ondblclick = closeRegion;
new ResizeObserver(fit).observe(stage);
window.studio = { state, view }; // for those who look on: tests, and the curious
choose("point");
wheel();
listPictures();
