// A photograph in, a coloured one out; beside this page lie lite.onnx and the folder ort.

import { colour } from "./colour.js";

const said = document.getElementById("said"), shown = document.getElementById("shown");
const drop = document.getElementById("drop"), file = document.getElementById("file");
const save = document.getElementById("save");
const network = load();
network.then(() => say("Ready."), (error) => say(`The network cannot be read: ${error.message}`));

function say(text) { said.textContent = text; }

async function load() {
  const ort = await import("./ort/ort.wasm.min.mjs");
  ort.env.wasm.wasmPaths = new URL("./ort/", import.meta.url).href;
  ort.env.wasm.numThreads = 1; // more need a page that is isolated from others
  const session = await ort.InferenceSession.create(new URL("./lite.onnx", import.meta.url).href);
  return async ({ data, height, width }) => {
    const { ab } = await session.run({ lightness: new ort.Tensor("float32", data, [1, 1, height, width]) });
    const [, , h, w] = ab.dims;
    return [0, 1].map((k) => ({ data: ab.data.slice(k * h * w, (k + 1) * h * w), height: h, width: w }));
  };
}

async function take(picture) {
  if (!picture) return;
  save.hidden = true;
  say("Colouring ...");
  try {
    const bitmap = await createImageBitmap(picture);
    shown.width = bitmap.width;
    shown.height = bitmap.height;
    const pen = shown.getContext("2d", { willReadFrequently: true });
    pen.drawImage(bitmap, 0, 0);
    const result = await colour(pen.getImageData(0, 0, shown.width, shown.height), await network);
    pen.putImageData(result, 0, 0);
    refuseNoise(pen, result);
    shown.hidden = false;
    const blob = await new Promise((done) => shown.toBlob(done));
    URL.revokeObjectURL(save.href);
    save.href = URL.createObjectURL(blob);
    save.hidden = false;
    say("Done.");
  } catch (error) {
    say(`This picture cannot be coloured: ${error.message}`);
  }
}

// Browsers that guard against tracking may give back other pixels than were drawn, without a word.
function refuseNoise(pen, result) {
  const back = pen.getImageData(0, 0, result.width, 1).data;
  for (let i = 0; i < back.length; i += 4) {
    if (result.data[i + 3] === 255 && Math.abs(back[i] - result.data[i]) > 1) {
      throw new Error("the browser does not let this page read its own drawing. Allow it for this page.");
    }
  }
}

file.addEventListener("change", () => take(file.files[0]));
drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  take(event.dataTransfer.files[0]);
});
