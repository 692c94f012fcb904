// The histogram of the picture's colours: which there are, and how strong, as a map of CIELAB's a and b.

import { exists, labToRgb } from "./colour.js";
import { find, state } from "./state.js";
import { whenOpened, whenSolved } from "./work.js";

const REACH = 100; // ab units at the edge
const CELLS = 40; // along a side
const LEVEL = 62; // the lightness at which colours are drawn
const FAINT = 0.13; // of the ground: colours that exist and are not there
const canvas = find("spectrum");

function show({ size, values }) {
  const count = size[0] * size[1];
  const strength = Number(state.history.now.settings.strength ?? 1);
  const bins = new Float32Array(CELLS * CELLS);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const [a, b] = [values[i], values[count + i]].map((n) => strength * n);
    const [x, y] = [a / REACH, -b / REACH].map((n) => Math.min(Math.floor(((n + 1) * CELLS) / 2), CELLS - 1));
    if (x >= 0 && y >= 0) bins[y * CELLS + x] += 1;
    total += Math.hypot(a, b);
  }
  draw(bins);
  find("chroma").textContent = `Their mean strength is ${Math.round(total / count)}; 0 is grey.`;
}

function draw(bins) {
  [canvas.width, canvas.height] = [CELLS, CELLS];
  const context = canvas.getContext("2d");
  const image = context.createImageData(CELLS, CELLS);
  const most = Math.log1p(Math.max(...bins));
  bins.forEach((n, i) => {
    const [a, b] = [((2 * (i % CELLS) + 1) / CELLS - 1) * REACH, (1 - (2 * Math.floor(i / CELLS) + 1) / CELLS) * REACH];
    const rgb = labToRgb([LEVEL, a, b]);
    const share = n ? 0.5 + (0.5 * Math.log1p(n)) / most : exists(rgb) ? FAINT : 0;
    image.data.set([...rgb.map((c) => Math.round(255 * Math.min(Math.max(c, 0), 1))), Math.round(255 * share)], 4 * i);
  });
  context.putImageData(image, 0, 0);
}

whenSolved(show);
whenOpened(() => draw(new Float32Array(CELLS * CELLS)));
