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

export function fit() {
  for (const canvas of [painter.canvas, over]) {
    canvas.width = Math.max(stage.clientWidth * devicePixelRatio, 1);
    canvas.height = Math.max(stage.clientHeight * devicePixelRatio, 1);
  }
  paintNow(); // a canvas of a new size is empty
}

// ---------------------------------------------------------------- places

// Shares of the picture in a canvas pixel, at this zoom.
function scale() {
  const [w, h] = state.light.size;
  const whole = Math.min(over.width / w, over.height / h) * state.zoom;
  return [1 / (w * whole), 1 / (h * whole)];
}

export function view() {
  const [sx, sy] = scale();
  const [x, y] = state.middle;
  return [x - (sx * over.width) / 2, y - (sy * over.height) / 2, 1 / (sx * over.width), 1 / (sy * over.height)];
}

// From the pointer to shares of the picture, and back to canvas pixels.
export function placeOf(event) {
  const box = stage.getBoundingClientRect();
  const [left, top, fx, fy] = view();
  return [left + (event.clientX - box.left) / box.width / fx, top + (event.clientY - box.top) / box.height / fy];
}

export function pixelOf([x, y]) {
  const [left, top, fx, fy] = view();
  return [(x - left) * fx * over.width, (y - top) * fy * over.height];
}

// ---------------------------------------------------------------- zoom and pan

export function whole() {
  Object.assign(state, { zoom: 1, middle: [0.5, 0.5] });
  painter.detail = null;
  fit();
}

export function zoomBy(factor, at = state.middle) {
  if (!state.light) return;
  const before = state.zoom;
  state.zoom = Math.min(Math.max(state.zoom * factor, 1), 64);
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
    if (!state.light) return;
    const { id } = state;
    const [left, top, fx, fy] = view();
    const part = [left, top, left + 1 / fx, top + 1 / fy].map((n) => Math.min(Math.max(n, 0), 1));
    if (state.zoom <= 1 || state.status.width <= state.light.size[0]) {
      painter.detail = null;
      return;
    }
    const [l, t, right, bottom] = part;
    const detail = await attempt("look", () => api.lightness(id, { left: l, top: t, right, bottom }));
    if (detail && id === state.id) painter.setDetail(detail, part);
    paint();
  }, 200);
}

// ---------------------------------------------------------------- painting

// The document as it will be when what is moved is let go.
function shown() {
  const { drag, chosen, history } = state;
  return drag?.to ? doc.replaced(history.now, chosen, drag.to) : history.now;
}

let asked = null; // the frame that paints

// Once a frame, however often it is asked for.
export function paint() {
  asked ??= requestAnimationFrame(paintNow);
}

export function paintNow() {
  cancelAnimationFrame(asked);
  asked = null;
  if (!state.light) return;
  const context = drawn.getContext("2d", { willReadFrequently: true });
  const document = shown();
  doc.draw(context, document, state.light.size);
  const half = state.drag?.mark;
  if (half) doc.trace(context, half, state.light.size);
  painter.setMarks(drawn);
  painter.draw({ view: view(), split: Number(find("split").value), strength: Number(find("strength").value) });
  handles(document);
}

export function handles(document = shown()) {
  const context = over.getContext("2d");
  context.clearRect(0, 0, over.width, over.height);
  if (find("doubt").checked && state.doubt) {
    const [left, top] = pixelOf([0, 0]);
    const [right, bottom] = pixelOf([1, 1]);
    context.drawImage(state.doubt, left, top, right - left, bottom - top);
  }
  if (find("marks").checked) {
    const isChosen = (list, place) => state.chosen?.list === list && state.chosen.place === place;
    document.marks.forEach((mark, i) => {
      const place = doc.places(mark)[0];
      if (place) ring(context, place, isChosen("marks", i) ? 9 : 6, isChosen("marks", i) ? CHOSEN : "#ffffff");
    });
    document.same.forEach((pair, i) => bond(context, pair, isChosen("same", i) ? CHOSEN : "#9fe8ff"));
  }
  if (state.first) ring(context, state.first.at, 6, CHOSEN);
  if (state.corners.length) {
    context.strokeStyle = CHOSEN;
    line(context, state.corners);
  }
  if (state.ring) ring(context, state.ring, 16, "#ff4fd8");
  if (window.document.activeElement === stage) ring(context, state.cross, 3, "#00e0ff");
  const split = Number(find("split").value);
  if (split > 0) {
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
  if (find("doubt").checked && !state.doubt && state.light) {
    const told = await attempt("doubt", () => api.doubt(id));
    if (!told || id !== state.id) return;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = told.size;
    const image = new ImageData(...told.size);
    told.bytes.forEach((value, i) => image.data.set([255, 210, 0, Math.min(value * 1.2, 255)], 4 * i));
    canvas.getContext("2d").putImageData(image, 0, 0);
    state.doubt = canvas;
  }
  paint();
}
