// How the whole picture is coloured: palette, reference, strength.

import * as api from "./api.js";
import { toHex } from "./colour.js";
import * as doc from "./hints.js";
import { give, swatch } from "./picker.js";
import { attempt, find, say, state, whenChanged } from "./state.js";
import { paint } from "./view.js";
import { change, whenOpened } from "./work.js";

const number = (id) => Number(find(id).value);
const set = (name, value) => doc.setting(state.history.now, name, value);

const sliders = {}; // what the server says of each setting that is a number, by its name
const WORDS = { strength: "Colour strength", vividness: "Vividness" };
const STEPS = 20; // of a slider

function showSettings() {
  const { settings } = state.history.now;
  const { palette, palette_strength: tilt, reference, reference_strength: trust } = settings;
  find("palette").value = palette ?? "";
  find("swatches").replaceChildren(...(colours(palette ?? "") ?? []).map((c) => swatch(c, c)));
  if (tilt !== undefined) find("palette-strength").value = tilt;
  find("refer").checked = reference !== undefined;
  if (trust !== undefined) find("reference-strength").value = trust;
  if (reference !== undefined && reference !== shownReference) showReference(reference);
  for (const [name, told] of Object.entries(sliders)) find(name).value = settings[name] ?? told.default;
}

whenChanged(showSettings);
whenOpened(() => {
  showSettings();
  showReference(null);
});

// ---------------------------------------------------------------- numbers

// A slider for every number that decides on the whole picture; those with a panel of their own have one.
export async function makeSliders() {
  const told = (await attempt("settings", api.settings)) ?? {};
  for (const [name, about] of Object.entries(told)) {
    const own = find(name.replace("_", "-"));
    if (own && about.type === "number") own.value = about.default;
    const { minimum, maximum } = about;
    if (about.type !== "number" || minimum === undefined || maximum === undefined || own) continue;
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { id: name, type: "range", min: minimum, max: maximum });
    Object.assign(input, { step: (maximum - minimum) / STEPS, value: about.default });
    input.oninput = paint; // what is shown follows at once, what is kept when it is let go
    input.onchange = () => change(set(name, number(name) === about.default ? null : number(name)));
    label.title = about.description;
    label.append(WORDS[name] ?? name.replace("_", " "), input);
    find("settings").append(label);
    sliders[name] = about;
  }
  showSettings();
}

// ---------------------------------------------------------------- palette

// Colours as #rrggbb; null where one is none.
function colours(text) {
  const found = text.split(/[\s,]+/).filter(Boolean).map((word) => {
    const digits = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(word)?.[1].toLowerCase();
    return digits && `#${digits.length === 3 ? digits.replace(/./g, "$&$&") : digits}`;
  });
  return found.every(Boolean) ? found : null;
}

find("palette").onchange = (event) => {
  const found = colours(event.target.value);
  if (!found) {
    say("palette", `“${event.target.value}” is no list of colours. Write them as #a03020, #204060.`);
    showSettings();
    return;
  }
  say("palette", null);
  const named = set("palette", found.length ? found.join(",") : null);
  change(doc.setting(named, "palette_strength", found.length ? number("palette-strength") : null));
};
find("palette-strength").onchange = () => {
  if (state.history.now.settings.palette) change(set("palette_strength", number("palette-strength")));
};

// ---------------------------------------------------------------- reference

let shownReference = null; // the name of the reference that the page shows
let spot = [0.5, 0.5]; // the keyboard's place on it
let image = null;

async function showReference(name) {
  find("refer").disabled = name === null;
  find("reference-view").hidden = name === null;
  shownReference = name;
  const picture = name && (await attempt("reference", () => api.reference(state.id, name)));
  if (!picture || name !== shownReference) return;
  image = await createImageBitmap(picture);
  drawReference();
}

function drawReference(marked = false) {
  const canvas = find("reference-view");
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  if (!marked) return;
  context.lineWidth = 2;
  context.strokeStyle = "#00e0ff";
  context.strokeRect(spot[0] * image.width - 4, spot[1] * image.height - 4, 8, 8);
}

function giveFrom(x, y) {
  drawReference();
  const [r, g, b] = find("reference-view").getContext("2d").getImageData(Math.floor(x), Math.floor(y), 1, 1).data;
  give(toHex([r / 255, g / 255, b / 255]));
}

function refer() {
  const used = find("refer").checked;
  const named = set("reference", used ? shownReference : null);
  change(doc.setting(named, "reference_strength", used ? number("reference-strength") : null));
}

find("reference").onchange = async (event) => {
  const [file] = event.target.files;
  const kept = file && (await attempt("reference", () => api.keepReference(state.id, file)));
  event.target.value = "";
  if (!kept) return;
  await showReference(kept.reference);
  if (find("refer").checked) refer();
};
find("refer").onchange = refer;
find("reference-strength").onchange = () => find("refer").checked && refer();
find("reference-view").onclick = ({ target, offsetX, offsetY }) => {
  giveFrom((offsetX * target.width) / target.clientWidth, (offsetY * target.height) / target.clientHeight);
};
find("reference-view").onkeydown = (event) => {
  const far = event.shiftKey ? 0.1 : 0.02;
  const way = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[event.key];
  if (!image || (!way && event.key !== "Enter")) return;
  event.preventDefault();
  event.stopPropagation();
  if (way) spot = spot.map((n, i) => Math.min(Math.max(n + way[i], 0), 0.999));
  else giveFrom(spot[0] * image.width, spot[1] * image.height);
  drawReference(true);
};
find("reference-view").onblur = () => image && drawReference();
