// Colours of other pictures: picked by hand, or taken all where the two look alike; which place goes to which
// is shown under the pointer, in both directions.

import * as api from "./api.js";
import { toHex } from "./colour.js";
import * as doc from "./hints.js";
import { give } from "./picker.js";
import { attempt, find, say, stage, state, whenChanged } from "./state.js";
import { asMap, paint, placeOf } from "./view.js";
import { change, whenOpened } from "./work.js";

const MOST = 8; // references of one picture
const TRUSTED = 0.1; // from here on a match is shown
const NEAR = 0.08; // of a reference's side: what is as near to the pointer counts as pointed at
const view = find("reference-view");
const set = (name, value) => doc.setting(state.history.now, name, value);

let names = []; // of the pictures, in the order that the server counts them in
let shown = 0; // the one that is large
let used = null; // the setting that the names belong to
let spot = [0.5, 0.5]; // the keyboard's place on it
let found = null; // the matched places, asked for once: {key, told}
const images = new Map(); // by name

// ---------------------------------------------------------------- which

async function imageOf(name) {
  const { id } = state;
  const key = `${id} ${name}`;
  if (!images.has(key)) {
    const picture = await attempt("reference", () => api.reference(id, name));
    if (picture) images.set(key, await createImageBitmap(picture));
  }
  return images.get(key);
}

async function showAll() {
  const none = !names.length;
  for (const id of ["refer", "forget"]) find(id).disabled = none;
  view.hidden = find("references").hidden = none;
  find("references").replaceChildren(...(names.length > 1 ? await Promise.all(names.map(thumb)) : []));
  draw();
}

async function thumb(name, i) {
  const button = document.createElement("button");
  button.setAttribute("aria-label", `Reference ${i + 1}`);
  button.setAttribute("aria-pressed", i === shown);
  const image = await imageOf(name);
  if (image) {
    const small = Object.assign(document.createElement("canvas"), { width: (44 * image.width) / image.height, height: 44 });
    small.setAttribute("aria-hidden", true);
    small.getContext("2d").drawImage(image, 0, 0, small.width, small.height);
    button.append(small);
  }
  button.onclick = () => {
    shown = i;
    showAll();
  };
  return button;
}

async function follow() {
  const { reference, reference_strength: trust } = state.history.now.settings;
  find("refer").checked = reference !== undefined;
  find("matched").disabled = reference === undefined;
  if (trust !== undefined) find("reference-strength").value = trust;
  if (reference === undefined) forgetMatches();
  if (reference === undefined || reference === used) return;
  used = reference;
  const { id } = state;
  const told = await attempt("reference", () => api.referenceNames(id, reference));
  if (!told || id !== state.id) return;
  names = told;
  shown = Math.min(shown, names.length - 1);
  await showAll();
  showUsed();
}

export async function refer(files) {
  const { id } = state;
  for (const file of files) {
    if (names.length >= MOST) {
      say("reference", `A picture takes colours from ${MOST} others at most.`);
      break;
    }
    const kept = await attempt("reference", () => api.keepReference(id, file));
    if (!kept || id !== state.id) return;
    if (!names.includes(kept.reference)) names = [...names, kept.reference];
    shown = names.indexOf(kept.reference);
  }
  await showAll();
  if (find("refer").checked) await use(true);
}

// Their colours count, or none's; several are joined to one by the server.
async function use(yes) {
  const { id } = state;
  const joined = yes && names.length > 1 ? await attempt("reference", () => api.joinReferences(id, names)) : { reference: names[0] };
  if (!joined || id !== state.id) return;
  const named = set("reference", yes && names.length ? joined.reference : null);
  change(doc.setting(named, "reference_strength", yes && names.length ? Number(find("reference-strength").value) : null));
}

find("reference").onchange = async (event) => {
  const files = [...event.target.files];
  event.target.value = "";
  if (state.light) await refer(files);
};
find("refer").onchange = () => use(find("refer").checked);
find("reference-strength").onchange = () => find("refer").checked && use(true);
find("forget").onclick = async () => {
  names = names.filter((_, i) => i !== shown);
  shown = Math.max(shown - 1, 0);
  await showAll();
  if (find("refer").checked) use(names.length > 0);
};

// ---------------------------------------------------------------- picking

async function draw(place = null) {
  const image = names[shown] && (await imageOf(names[shown]));
  if (!image) return;
  [view.width, view.height] = [image.width, image.height];
  const context = view.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  if (!place) return;
  const [x, y] = [place[0] * image.width, place[1] * image.height];
  for (const [width, color] of [[5, "#000000"], [2.5, "#00e0ff"]]) {
    context.lineWidth = width;
    context.strokeStyle = color;
    context.strokeRect(x - 7, y - 7, 14, 14);
  }
}

const placeOn = ({ offsetX, offsetY }) => [offsetX / view.clientWidth, offsetY / view.clientHeight];

async function giveFrom([x, y]) {
  await draw();
  const at = [x * view.width, y * view.height].map(Math.floor);
  const [r, g, b] = view.getContext("2d").getImageData(...at, 1, 1).data;
  give(toHex([r / 255, g / 255, b / 255]));
}

view.onclick = (event) => giveFrom(placeOn(event));
view.onkeydown = async (event) => {
  const far = event.shiftKey ? 0.1 : 0.02;
  const way = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[event.key];
  if (!names.length || (!way && event.key !== "Enter")) return;
  event.preventDefault();
  event.stopPropagation();
  if (way) spot = spot.map((n, i) => Math.min(Math.max(n + way[i], 0), 0.999));
  else await giveFrom(spot);
  draw(spot);
};
view.onblur = () => draw();

// ---------------------------------------------------------------- matched places

const isUsed = () => state.history.now.settings.reference !== undefined && state.light;

function matches() {
  const { id } = state;
  const { reference, model } = state.history.now.settings;
  const key = `${id} ${reference} ${model}`;
  const settings = model === undefined ? { reference } : { reference, model };
  if (found?.key !== key) found = { key, told: attempt("matches", () => api.matches(id, { ...doc.empty(), settings })) };
  return found.told;
}

function forgetMatches() {
  found = null;
  state.matched = state.alike = null;
}

// The cell's reference, the place in it, and how far it is trusted.
const cellOf = ({ size: [w, h], values }, i) => [0, 1, 2, 3].map((plane) => values[plane * w * h + i]);

// The map of what `alpha`, from 0 to 255, says of each cell.
function mapOf(told, color, alpha) {
  const bytes = Uint8Array.from({ length: told.size[0] * told.size[1] }, (_, i) => alpha(...cellOf(told, i)));
  return asMap({ size: told.size, bytes }, color, (value) => value);
}

async function showUsed() {
  const told = find("matched").checked && isUsed() ? await matches() : null;
  state.matched = told && mapOf(told, [0, 200, 255], (which, x, y, trust) => 150 * trust);
  paint();
}

let last = null; // where the pointer was last on the picture

async function fromPicture(event) {
  if (!isUsed() || state.drag) return;
  const here = (last = placeOf(event));
  const told = await matches();
  const [x, y] = here;
  if (!told || here !== last || x < 0 || y < 0 || x >= 1 || y >= 1) return;
  const [w, h] = told.size;
  const [which, ...rest] = cellOf(told, Math.floor(y * h) * w + Math.floor(x * w));
  const [left, top, trust] = rest;
  if (which !== shown && trust > TRUSTED) {
    shown = which;
    [...find("references").children].forEach((one, i) => one.setAttribute("aria-pressed", i === shown));
  }
  draw(trust > TRUSTED ? [left, top] : null);
}

async function fromReference(event) {
  if (!isUsed()) return;
  const [left, top] = placeOn(event);
  const told = await matches();
  const near = (which, x, y) => which === shown && Math.hypot(x - left, y - top) < NEAR;
  state.alike = told && mapOf(told, [255, 80, 220], (which, x, y, trust) => (near(which, x, y) ? 190 * trust : 0));
  paint();
}

find("matched").onchange = showUsed;
stage.addEventListener("pointermove", fromPicture);
stage.addEventListener("pointerleave", () => {
  last = null;
  if (isUsed()) draw();
});
view.onpointermove = fromReference;
view.onpointerleave = () => {
  state.alike = null;
  paint();
};
whenChanged(follow);
whenOpened(() => {
  images.clear();
  [names, shown, used] = [[], 0, null];
  forgetMatches();
  showAll();
});
