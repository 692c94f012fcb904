// How the whole picture is coloured: numbers and palette; references.js has the colours of other pictures.

import * as api from "./api.js";
import * as doc from "./hints.js";
import { swatch } from "./picker.js";
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
  const { palette, palette_strength: tilt } = settings;
  find("palette").value = palette ?? "";
  find("swatches").replaceChildren(...(colours(palette ?? "") ?? []).map((c) => swatch(c, c)));
  if (tilt !== undefined) find("palette-strength").value = tilt;
  for (const [name, told] of Object.entries(sliders)) find(name).value = settings[name] ?? told.default;
  showNetwork(settings.model);
}

whenChanged(showSettings);
whenOpened(showSettings);

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
  makeNetworks(told.model ?? {});
  showSettings();
}

// ---------------------------------------------------------------- networks

let started = ""; // the name of the network that the studio was started with

// A menu of all that have weights; the first, without a name, is the one that the studio was started with.
function makeNetworks({ default: own = "", examples: names = [] }) {
  started = own;
  find("network").replaceChildren(new Option(own, ""), ...names.filter((name) => name !== own).map((name) => new Option(name, name)));
  find("network").onchange = (event) => change(set("model", event.target.value || null));
}

function showNetwork(name) {
  const menu = find("network");
  const value = name === undefined || name === started ? "" : name;
  if (![...menu.options].some((one) => one.value === value)) menu.append(new Option(value, value)); // several joined, as a file named them
  menu.value = value;
  menu.title = name ?? started;
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
