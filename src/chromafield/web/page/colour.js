// CIELAB (D65) and sRGB, for display alone.

const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const encoded = (c) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);
const WHITE = [0.95047, 1, 1.08883];
const cube = (t) => (t > 6 / 29 ? t ** 3 : (3 * 36 / 841) * (t - 4 / 29));
const root = (t) => (t > 216 / 24389 ? Math.cbrt(t) : (841 / 108) * t + 4 / 29);

export function labToRgb([l, a, b]) {
  const f = (l + 16) / 116;
  const x = WHITE[0] * cube(f + a / 500);
  const y = cube(f);
  const z = WHITE[2] * cube(f - b / 200);
  return [
    3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
    -0.969266 * x + 1.8760108 * y + 0.041556 * z,
    0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
  ].map(encoded);
}

export function rgbToLab(rgb) {
  const [r, g, b] = rgb.map(linear);
  const x = root((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / WHITE[0]);
  const y = root(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = root((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / WHITE[2]);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

export const fromHex = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);
export const toHex = (rgb) => `#${rgb.map((c) => Math.round(255 * Math.min(Math.max(c, 0), 1)).toString(16).padStart(2, "0")).join("")}`;
export const exists = (rgb) => rgb.every((c) => c >= -0.002 && c <= 1.002);
