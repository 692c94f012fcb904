// The colour of the next mark, and the card beside a mark: likely colours, a wheel, a number.

import * as api from "./api.js";
import { exists, fromHex, labToRgb, rgbToLab, toHex } from "./colour.js";
import * as doc from "./hints.js";
import { showPanel } from "./panel.js";
import { attempt, find, stage, state, whenChanged } from "./state.js";
import { pixelOf, whenMoved } from "./view.js";
import { change } from "./work.js";

const REACH = 110; // ab units: no colour of sRGB is stronger along an axis
const ROOM = 4; // and of room round the colours that exist, at the wheel's edge
const DARK = 8; // lightness: what lies below, and above BRIGHT, holds little colour
const BRIGHT = 93;
let level = 55; // the lightness that the wheel shows
let frame = frameOf(level);
let markAt = () => {}; // makes a mark where the card stands without one

export const whenSpotIsGiven = (act) => (markAt = act);

export function setColor(hex) {
  state.color = hex;
  find("color").value = hex === "grey" ? "#808080" : hex;
  find("hex").textContent = hex;
  wheel();
}

// A colour that a person picks. On the card it belongs to the card's mark. Elsewhere it is for what comes,
// and for a mark that was chosen: one that was just made keeps the colour that it was made with.
export function give(hex, onCard = false) {
  const chosen = state.chosen?.list === "marks" ? doc.item(state.history.now, state.chosen) : null;
  if (onCard && state.spot) {
    markAt(state.spot, hex);
    return;
  }
  if (!onCard || !chosen) setColor(hex);
  if (!chosen || chosen.layer || chosen.scribbles || chosen.colored || (state.chosen.made && !onCard)) return;
  const { sample, ...mark } = chosen;
  change(doc.replaced(state.history.now, state.chosen, { ...mark, color: hex })).then(wheel);
}

function inHand() {
  const chosen = state.chosen?.list === "marks" ? doc.item(state.history.now, state.chosen)?.color : null;
  const color = chosen ?? state.color ?? "grey";
  return color === "grey" ? "#808080" : color;
}

// ---------------------------------------------------------------- the card

const card = find("popover");

export function hideCard() {
  card.hidden = true;
  state.spot = null;
}

// Beside the place, never over it.
let besides = null;

function placeCard(place) {
  besides = place;
  card.hidden = false;
  showPanel(false); // folded, it would lie under the card
  const [x, y] = pixelOf(place).map((n) => n / devicePixelRatio);
  const gap = 22;
  const { offsetWidth: width, offsetHeight: height } = card;
  const right = x + gap + width <= stage.clientWidth - 4;
  const left = right ? x + gap : Math.max(x - gap - width, 4);
  const covered = !right && left + width > x - 4;
  const top = covered ? (y > stage.clientHeight / 2 ? y - gap - height : y + gap) : y - height / 2;
  card.style.left = `${Math.round(left)}px`;
  card.style.top = `${Math.round(Math.min(Math.max(top, 4), stage.clientHeight - height - 4))}px`;
}

export async function suggestFor(place) {
  const { id } = state;
  level = lightnessAt(place);
  frame = frameOf(level);
  const little = level > BRIGHT ? "white" : level < DARK ? "black" : null;
  find("place-note").hidden = !little;
  find("place-note").textContent = little ? `This place is nearly ${little}: it can hold only faint colours.` : "";
  wheel();
  placeCard(place);
  const guesses = await attempt("suggest", () => api.suggest(id, place));
  if (!guesses || id !== state.id) return;
  const titled = guesses.map((g) => swatch(g.color, `${g.color}, ${Math.round(100 * g.probability)} %`, true));
  find("suggestions").replaceChildren(...titled);
}

whenMoved(() => card.hidden || placeCard(besides));

// The network's own first guess of a place.
export async function firstGuess(place) {
  const guesses = await attempt("suggest", () => api.suggest(state.id, place));
  return guesses?.[0]?.color ?? "grey";
}

card.querySelector(".closer").onclick = () => {
  hideCard();
  stage.focus({ preventScroll: true });
};
whenChanged(() => {
  if (!state.spot && !doc.item(state.history.now, state.chosen)) hideCard();
});

// ---------------------------------------------------------------- the wheel

// The part of the plane of a and b that the colours of a lightness fill: its middle, and half its side.
function frameOf(lightness) {
  const [as, bs] = [[], []];
  for (let a = -REACH; a <= REACH; a += 4) {
    for (let b = -REACH; b <= REACH; b += 4) {
      if (!exists(labToRgb([lightness, a, b]))) continue;
      as.push(a);
      bs.push(b);
    }
  }
  const [low, high] = [[Math.min(...as, 0), Math.min(...bs, 0)], [Math.max(...as, 0), Math.max(...bs, 0)]];
  return { middle: low.map((n, i) => (n + high[i]) / 2), half: Math.max(high[0] - low[0], high[1] - low[1]) / 2 + ROOM };
}

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
  const hex = inHand();
  const [, a, b] = rgbToLab(fromHex(hex));
  context.lineWidth = 2;
  context.strokeStyle = level > 50 ? "#000000" : "#ffffff";
  context.beginPath();
  const { middle, half } = frame;
  context.arc((((a - middle[0]) / half + 1) * side) / 2, ((1 - (b - middle[1]) / half) * side) / 2, 5, 0, 2 * Math.PI);
  context.stroke();
  if (document.activeElement !== find("hex-input")) find("hex-input").value = hex;
}

const abAt = (x, y, side) => [frame.middle[0] + ((2 * x) / side - 1) * frame.half, frame.middle[1] + (1 - (2 * y) / side) * frame.half];

function giveAb(a, b) {
  const rgb = labToRgb([level, a, b]);
  if (exists(rgb)) give(toHex(rgb), true);
}

find("wheel").onclick = (event) => giveAb(...abAt(event.offsetX, event.offsetY, event.target.clientWidth));
find("wheel").onkeydown = (event) => {
  const step = { ArrowLeft: [-4, 0], ArrowRight: [4, 0], ArrowUp: [0, 4], ArrowDown: [0, -4] }[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation();
  const [, a, b] = rgbToLab(fromHex(inHand()));
  // Where no such colour exists, the nearest towards grey.
  for (let share = 1; share > 0; share -= 0.05) {
    if (exists(labToRgb([level, share * (a + step[0]), share * (b + step[1])]))) {
      giveAb(share * (a + step[0]), share * (b + step[1]));
      return;
    }
  }
};
find("hex-input").onchange = ({ target }) => {
  if (/^#[0-9a-f]{6}$/i.test(target.value)) give(target.value.toLowerCase(), true);
  else target.value = inHand();
};
find("color").oninput = (event) => give(event.target.value);
find("grey").onclick = () => give("grey", true);

function lightnessAt([x, y]) {
  const [w, h] = state.light.size;
  const at = (n, side) => Math.min(Math.max(Math.floor(n * side), 0), side - 1);
  return state.light.bytes[at(y, h) * w + at(x, w)] / 2.55;
}

export function swatch(color, title, onCard = false) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", title, onclick: () => give(color, onCard) });
  button.setAttribute("aria-label", title);
  button.style.background = color;
  return button;
}
