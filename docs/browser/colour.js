// From grey levels to colour: what the program does, in plain arrays. L in 0 ... 100, ab in CIELAB units.

const KNEE = 6 / 29;
const XYZ = [
  [0.4123907993, 0.3575843394, 0.1804807884],
  [0.2126390059, 0.7151686788, 0.0721923154],
  [0.0193308187, 0.1191947798, 0.9505321522],
].map((row) => row.map((x) => x / row.reduce((a, b) => a + b)));
const RGB = inverse(XYZ);
const SIZE = 160; // the network sees about SIZE x SIZE pixels
const MULTIPLE = 32;

function inverse([[a, b, c], [d, e, f], [g, h, i]]) {
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ].map((row) => row.map((x) => x / det));
}

const linearOf = Float64Array.from({ length: 256 }, (_, level) => {
  const x = level / 255;
  return x > 0.04045 ? ((x + 0.055) / 1.055) ** 2.4 : x / 12.92;
});

/** L of each pixel of RGBA bytes. */
export function lightnessOf(rgba) {
  const out = new Float32Array(rgba.length / 4);
  for (let i = 0; i < out.length; i++) {
    const y = XYZ[1][0] * linearOf[rgba[4 * i]] + XYZ[1][1] * linearOf[rgba[4 * i + 1]]
      + XYZ[1][2] * linearOf[rgba[4 * i + 2]];
    const root = y > KNEE ** 3 ? Math.cbrt(y) : y / (3 * KNEE ** 2) + 4 / 29;
    out[i] = 116 * root - 16;
  }
  return out;
}

/** Height and width of what the network sees. */
export function seenSize(height, width) {
  const factor = SIZE / Math.sqrt(height * width);
  return [height, width].map((side) => Math.max(Math.round(side * factor / MULTIPLE), 1) * MULTIPLE);
}

/** A plane of another size: averaged where a side shrinks, bilinear where it grows. */
export function resize({ data, height, width }, to) {
  const rows = taps(height, to[0]), columns = taps(width, to[1]);
  const wide = new Float32Array(height * to[1]);
  for (let y = 0; y < height; y++) {
    columns.forEach((tap, x) => { wide[y * to[1] + x] = tap.reduce((s, [i, w]) => s + w * data[y * width + i], 0); });
  }
  const out = new Float32Array(to[0] * to[1]);
  rows.forEach((tap, y) => {
    for (const [i, w] of tap) for (let x = 0; x < to[1]; x++) out[y * to[1] + x] += w * wide[i * to[1] + x];
  });
  return { data: out, height: to[0], width: to[1] };
}

function taps(from, to) {
  return Array.from({ length: to }, (_, i) => {
    if (to < from) {
      const start = Math.floor(i * from / to), stop = Math.ceil((i + 1) * from / to);
      return Array.from({ length: stop - start }, (_, k) => [start + k, 1 / (stop - start)]);
    }
    const place = Math.min(Math.max((i + 0.5) * from / to - 0.5, 0), from - 1), low = Math.floor(place);
    return [[low, 1 - (place - low)], [Math.min(low + 1, from - 1), place - low]];
  });
}

function linearRgb(L, a, b, out) {
  const y = (L + 16) / 116, root = [y + a / 500, y, y - b / 200];
  const xyz = root.map((r) => (r > KNEE ? r ** 3 : 3 * KNEE ** 2 * (r - 4 / 29)));
  for (let k = 0; k < 3; k++) out[k] = RGB[k][0] * xyz[0] + RGB[k][1] * xyz[1] + RGB[k][2] * xyz[2];
  return out.every((x) => x >= -2e-5 && x <= 1 + 2e-5);
}

/** RGBA bytes of a picture in these colours; what sRGB cannot show loses chroma, never lightness. */
export function painted(lightness, a, b, rgba) {
  const out = new Uint8ClampedArray(rgba), rgb = [0, 0, 0];
  for (let i = 0; i < lightness.length; i++) {
    if (!linearRgb(lightness[i], a[i], b[i], rgb)) {
      let low = 0, high = 1;
      for (let step = 0; step < 12; step++) {
        const share = (low + high) / 2;
        if (linearRgb(lightness[i], share * a[i], share * b[i], rgb)) low = share; else high = share;
      }
      linearRgb(lightness[i], low * a[i], low * b[i], rgb);
    }
    for (let k = 0; k < 3; k++) {
      const x = Math.min(Math.max(rgb[k], 0), 1);
      out[4 * i + k] = Math.round(255 * (x > 0.0031308 ? 1.055 * x ** (1 / 2.4) - 0.055 : 12.92 * x));
    }
  }
  return out;
}

/** The picture in colour: `ask` takes a plane of L and answers with planes a and b; asked twice, the
 * second time with the mirror image, and averaged. */
export async function colour({ data, width, height }, ask) {
  const lightness = lightnessOf(data);
  const seen = resize({ data: lightness, height, width }, seenSize(height, width));
  const plain = await ask(seen), other = (await ask(mirrored(seen))).map(mirrored);
  const [a, b] = plain.map((plane, k) => {
    const mean = plane.data.map((x, i) => (x + other[k].data[i]) / 2);
    if (!mean.every(Number.isFinite)) throw new Error("The network answered with values that are no numbers.");
    return resize({ ...plane, data: mean }, [height, width]).data;
  });
  return new ImageData(painted(lightness, a, b, data), width, height);
}

function mirrored({ data, height, width }) {
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[y * width + x] = data[y * width + width - 1 - x];
  return { data: out, height, width };
}
