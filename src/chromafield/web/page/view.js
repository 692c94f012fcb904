// What is seen: the picture, the marks over it, and how near one looks.

import * as api from "./api.js";
import * as doc from "./hints.js";
import { Painter } from "./painter.js";
import { attempt, find, over, stage, state } from "./state.js";

export const painter = new Painter(find("paint"));
const drawn = document.createElement("canvas"); // the marks at the preview's size
const CHOSEN = "#ffd400";

export function show(light) {
  [drawn.width, drawn.height] = light.size;
  painter.setLightness(light);
  painter.setMarks(drawn);
  whole();
}

const movers = []; // what lies beside places of the picture

export const whenMoved = (act) => movers.push(act);

export function fit() {
  for (const canvas of [painter.canvas, over]) {
    canvas.width = Math.max(stage.clientWidth * devicePixelRatio, 1);
    canvas.height = Math.max(stage.clientHeight * devicePixelRatio, 1);
  }
  paintNow(); // a canvas of a new size is empty
  look();
}

// ---------------------------------------------------------------- places

// Shares of the picture in a canvas pixel, at this zoom.
function scale() {
  const [w, h] = state.grey.size;
  const whole = fitted() * state.zoom;
  return [1 / (w * whole), 1 / (h * whole)];
}

// Canvas pixels in a pixel of the preview where the whole picture is seen.
function fitted() {
  const [w, h] = state.grey.size;
  return Math.min(pane() / w, over.height / h);
}

const pane = () => (state.side ? over.width / 2 : over.width);


export function view() {
  const [sx, sy] = scale();
  const [x, y] = state.middle;
  return [x - (sx * pane()) / 2, y - (sy * over.height) / 2, 1 / (sx * pane()), 1 / (sy * over.height)];
}

// From the pointer to shares of the picture, and back to canvas pixels.
export function placeOf(event) {
  const box = stage.getBoundingClientRect();
  const [left, top, fx, fy] = view();
  const width = state.side ? box.width / 2 : box.width;
  return [left + ((event.clientX - box.left) % width) / width / fx, top + (event.clientY - box.top) / box.height / fy];
}

export function pixelOf([x, y]) {
  const [left, top, fx, fy] = view();
  return [(x - left) * fx * pane() + over.width - pane(), (y - top) * fy * over.height];
}

// ---------------------------------------------------------------- zoom and pan

export function whole() {
  Object.assign(state, { zoom: 1, middle: [0.5, 0.5] });
  painter.detail = null;
  fit();
}

// The zoom at which a pixel of the picture is one of the screen.
export const full = () => (state.status?.width || state.grey.size[0]) / state.grey.size[0] / fitted();

export function zoomBy(factor, at = state.middle) {
  if (!state.grey) return;
  const before = state.zoom;
  state.zoom = Math.min(Math.max(state.zoom * factor, Math.min(1, full())), 64);
  const kept = before / state.zoom;
  state.middle = state.middle.map((m, i) => at[i] + (m - at[i]) * kept);
  paint();
  look();
}

export function panBy(step) {
  state.middle = state.middle.map((m, i) => Math.min(Math.max(m + step[i], 0), 1));
  paint();
}

let looking = null;

// Full detail of what is seen, once the view has come to rest.
export function look() {
  clearTimeout(looking);
  looking = setTimeout(async () => {
    if (!state.grey || !state.status) return;
    const { id } = state;
    const [left, top, fx, fy] = view();
    const part = [left, top, left + 1 / fx, top + 1 / fy].map((n) => Math.min(Math.max(n, 0), 1));
    if (state.zoom * fitted() <= 1 || state.status.width <= state.grey.size[0]) return void (painter.detail = null); // the preview does
    const [l, t, right, bottom] = part;
    // Half more than the screen has, so that none is lost to rounding.
    const pixels = Math.ceil(Math.min(1.5 * (right - l) * fx * pane() * (bottom - t) * fy * over.height, 16e6));
    const detail = await attempt("look", () => api.lightness(id, { left: l, top: t, right, bottom, pixels }));
    if (detail && id === state.id) painter.setDetail(detail, part);
    paint();
  }, 200);
}

// ---------------------------------------------------------------- painting

// The document as it will be when what is moved is let go.
function shown() {
  const { drag, chosen, history } = state;
  if (state.tried) return state.tried;
  return drag?.to ? doc.replaced(history.now, chosen, drag.to) : history.now;
}

let [asked, due] = [null, 0]; // the frame that paints, and before when it does not
let [before, loupe] = [false, false]; // whether they are shown, while a key is down

export function showBefore(yes) {
  before = yes;
  paint();
}

export function showLoupe(yes) {
  loupe = yes;
  paint();
}

// Once a frame, however often it is asked for; a change waits a little, to be seen with its colours.
export function paint() {
  asked ??= requestAnimationFrame(() => ((asked = null), performance.now() < due ? paint() : paintNow()));
}

export const awaitColours = (milliseconds) => (due = performance.now() + milliseconds);

export function paintNow() {
  cancelAnimationFrame(asked);
  [asked, due] = [null, 0];
  if (!state.grey) return;
  const document = shown();
  drawMarks(document, state.drag?.mark);
  painter.draw({ view: view(), split: before ? 1 : Number(find("split").value), strength: Number(find("strength")?.value ?? 1), side: state.side });
  handles(document);
  movers.forEach((act) => act());
}

let traced = []; // what the marks were drawn for last: they go to the painter when they change alone

function drawMarks(document, half) {
  const now = [document.marks, half, half?.path.length, half?.radius, state.grey];
  if (now.every((one, i) => one === traced[i])) return;
  traced = now;
  const context = drawn.getContext("2d", { willReadFrequently: true });
  doc.draw(context, document, state.grey.size);
  if (half) doc.trace(context, half, state.grey.size);
  painter.setMarks(drawn);
}

export function handles(document = shown()) {
  if (!state.grey) return;
  const context = over.getContext("2d");
  context.clearRect(0, 0, over.width, over.height);
  const version = [state.chosen, { list: "marks", place: state.pointed }].some((one) => one && doc.item(document, one)?.colored);
  for (const map of [find("doubt").checked ? state.doubt : null, state.reach, version ? state.trust : null, state.matched, state.alike]) {
    if (!map) continue;
    const [left, top] = pixelOf([0, 0]);
    const [right, bottom] = pixelOf([1, 1]);
    context.drawImage(map, left, top, right - left, bottom - top);
  }
  if (find("marks").checked) {
    const isChosen = (list, place) => state.chosen?.list === list && state.chosen.place === place;
    document.marks.forEach((mark, i) => {
      const shape = mark.hidden ? [] : doc.places(mark);
      const color = isChosen("marks", i) || state.pointed === i ? CHOSEN : "#ffffff";
      if (shape.length > 1) outline(context, mark.polygon ? [...shape, shape[0]] : shape, color);
      if (shape.length) ring(context, shape[0], isChosen("marks", i) ? 9 : 6, color);
      if (isChosen("marks", i) && state.tool === "move") corners(context, mark);
    });
    document.same.forEach((pair, i) => bond(context, pair, isChosen("same", i) ? CHOSEN : "#9fe8ff"));
  }
  if (state.first) ring(context, state.first.at, 6, CHOSEN);
  if (state.corners.length) outline(context, state.hover ? [...state.corners, state.hover] : state.corners, CHOSEN);
  if (state.hover && ["point", "stroke"].includes(state.tool)) brush(context);
  if (loupe && state.hover) enlarge(context);
  if (state.ring) ring(context, state.ring, 16, "#ff4fd8");
  if (window.document.activeElement === stage) ring(context, state.cross, 3, "#00e0ff");
  const split = Number(find("split").value);
  if (split > 0 && !state.side) {
    const [x] = pixelOf([split, 0]);
    context.fillStyle = "#ffffff";
    context.fillRect(x - 1, 0, 2, over.height);
  }
}

function line(context, places) {
  context.beginPath();
  places.forEach((place, i) => context[i ? "lineTo" : "moveTo"](...pixelOf(place)));
  context.stroke();
}

function outline(context, places, color) {
  for (const [width, style] of [[3, "#000000"], [1.5, color]]) {
    context.lineWidth = width * devicePixelRatio;
    context.strokeStyle = style;
    line(context, places);
  }
}

// How wide the next mark will be.
function brush(context) {
  const [w, h] = state.grey.size;
  const radius = state.radius * Math.max(w, h) * fitted() * state.zoom;
  ring(context, state.hover, Math.max(radius / devicePixelRatio, 2), "#ffffff");
}

// Three times as large, round the pointer.
function enlarge(context) {
  const [x, y] = pixelOf(state.hover);
  const side = 150 * devicePixelRatio;
  context.imageSmoothingEnabled = false;
  context.drawImage(painter.canvas, x - side / 6, y - side / 6, side / 3, side / 3, x - side / 2, y - side / 2, side, side);
  context.strokeStyle = "#ffffff";
  context.lineWidth = 2 * devicePixelRatio;
  context.strokeRect(x - side / 2, y - side / 2, side, side);
}

// Where the chosen mark can be taken to give it another shape.
function corners(context, { path, polygon }) {
  const line = path && [path[0], path[path.length >> 1], path.at(-1)];
  for (const place of line ?? polygon ?? []) {
    const [x, y] = pixelOf(place);
    const side = 4 * devicePixelRatio;
    context.fillStyle = CHOSEN;
    context.fillRect(x - side, y - side, 2 * side, 2 * side);
    context.lineWidth = devicePixelRatio;
    context.strokeStyle = "#000000";
    context.strokeRect(x - side, y - side, 2 * side, 2 * side);
  }
}

// Two regions that share one colour.
function bond(context, pair, color) {
  const ends = pair.map((region) => doc.places(region)[0]);
  for (const [width, style] of [[4, "#000000"], [2, color]]) {
    context.lineWidth = width * devicePixelRatio;
    context.strokeStyle = style;
    context.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    line(context, ends);
    context.setLineDash([]);
    for (const end of ends) {
      const [x, y] = pixelOf(end);
      const side = 6 * devicePixelRatio;
      context.strokeRect(x - side, y - side, 2 * side, 2 * side);
    }
  }
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

// Yellow over what the network is unsure of, the stronger the more.
export async function showDoubt() {
  const { id } = state;
  find("legend").hidden = !find("doubt").checked;
  if (find("doubt").checked && !state.doubt && state.light) {
    const told = await attempt("doubt", () => api.doubt(id));
    if (!told || id !== state.id) return;
    // From the surest twentieth of this picture to the least sure: what counts is where, not how much.
    const sorted = told.bytes.toSorted();
    const [low, high] = [0.05, 0.95].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
    state.doubt = asMap(told, [255, 210, 0], (value) => (150 * (value - low)) / Math.max(high - low, 1));
  }
  paint();
}

// A map of bytes as a canvas of one colour, `alpha` of each value strong.
export function asMap({ size, bytes }, color, alpha) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = size;
  const image = new ImageData(...size);
  bytes.forEach((value, i) => image.data.set([...color, alpha(value)], 4 * i));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
