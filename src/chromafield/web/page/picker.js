// The colour in hand: from the wheel at the place's lightness, from guesses, from anywhere.

import * as api from "./api.js";
import { exists, fromHex, labToRgb, rgbToLab, toHex } from "./colour.js";
import * as doc from "./hints.js";
import { attempt, find, state } from "./state.js";
import { change } from "./work.js";

const REACH = 110; // ab units at the wheel's edge
let level = 55; // the lightness that the wheel shows

export function setColor(hex) {
  state.color = hex;
  if (hex !== "grey") find("color").value = hex;
  find("hex").textContent = hex;
  wheel();
}

// A colour that a person picks: for what comes, and for a mark that was chosen by Move or in the list.
// A mark that was just made keeps the colour that it was made with.
export function give(hex) {
  setColor(hex);
  const chosen = doc.item(state.history.now, state.chosen);
  if (state.chosen?.list !== "marks" || state.chosen.made) return;
  if (!chosen || chosen.layer || chosen.scribbles) return;
  const { sample, ...mark } = chosen;
  change(doc.replaced(state.history.now, state.chosen, { ...mark, color: hex }));
}

const inHand = () => rgbToLab(fromHex(state.color === "grey" ? "#808080" : state.color));

export function wheel() {
  const canvas = find("wheel");
  const context = canvas.getContext("2d");
  const side = canvas.width;
  const image = context.createImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    const rgb = labToRgb([level, ...abAt(i % side, Math.floor(i / side), side)]);
    if (exists(rgb)) image.data.set([...rgb.map((c) => Math.round(255 * c)), 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  const [, a, b] = inHand();
  context.lineWidth = 2;
  context.strokeStyle = level > 50 ? "#000000" : "#ffffff";
  context.beginPath();
  context.arc(((a / REACH + 1) * side) / 2, ((1 - b / REACH) * side) / 2, 5, 0, 2 * Math.PI);
  context.stroke();
}

const abAt = (x, y, side) => [((2 * x) / side - 1) * REACH, (1 - (2 * y) / side) * REACH];

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
  const [, a, b] = inHand();
  // Where no such colour exists, the nearest towards grey.
  for (let share = 1; share > 0; share -= 0.05) {
    if (exists(labToRgb([level, share * (a + step[0]), share * (b + step[1])]))) {
      giveAb(share * (a + step[0]), share * (b + step[1]));
      return;
    }
  }
};
find("color").oninput = (event) => give(event.target.value);
find("grey").onclick = () => give("grey");

// ---------------------------------------------------------------- guesses

function lightnessAt([x, y]) {
  const [w, h] = state.light.size;
  const at = (n, side) => Math.min(Math.max(Math.floor(n * side), 0), side - 1);
  return state.light.bytes[at(y, h) * w + at(x, w)] / 2.55;
}

export async function suggestFor(place) {
  const { id } = state;
  level = lightnessAt(place);
  wheel();
  const guesses = await attempt("suggest", () => api.suggest(id, place));
  if (!guesses || id !== state.id) return;
  const titled = guesses.map((g) => swatch(g.color, `${g.color}, ${Math.round(100 * g.probability)} %`));
  find("suggestions").replaceChildren(...titled);
}

export function swatch(color, title) {
  const button = document.createElement("button");
  Object.assign(button, { title, onclick: () => give(color) });
  button.setAttribute("aria-label", title);
  button.style.background = color;
  return button;
}
