// What comes from files and goes into them.

import * as api from "./api.js";
import * as doc from "./hints.js";
import { attempt, find, state } from "./state.js";
import { wasExported } from "./strip.js";
import { refer } from "./references.js";
import { offer } from "./versions.js";
import { change, open, receive } from "./work.js";

find("file").onchange = async (event) => {
  await receive([...event.target.files]);
  event.target.value = "";
};
find("pictures").onchange = (event) => open(event.target.value);

// A picture that is dropped anywhere on the page is opened; one in colour may be for the one that is open.
addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
addEventListener("dragleave", (event) => event.relatedTarget || document.body.classList.remove("dropping"));
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  const files = [...event.dataTransfer.files];
  if (files.length === 1 && state.light) offer(files[0], { refer: useNow, open: (file, query) => receive([file], query) });
  else receive(files);
});

function useNow(files) {
  find("refer").checked = true;
  return refer(files);
}

export function hand(name, blob) {
  const link = document.createElement("a");
  Object.assign(link, { download: name, href: URL.createObjectURL(blob) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function exportAs(query) {
  if (!state.light) return;
  const { id } = state;
  find("progress").hidden = false;
  const told = await attempt("export", () => api.exported(id, state.history.now, query));
  find("progress").hidden = true;
  if (!told) return;
  hand(told.name, told.blob);
  wasExported(id);
}

find("export").onclick = () => exportAs({});
find("layer").onclick = () => exportAs({ layer: true });
find("hints").onclick = () => {
  if (!state.light) return;
  hand(`${state.status.name}.hints.json`, new Blob([JSON.stringify(state.history.now, null, 1)]));
};
find("load").onchange = async (event) => {
  const [file] = event.target.files;
  const { id } = state;
  const told = await attempt("load", async () => JSON.parse(await file.text()));
  event.target.value = "";
  const whole = { ...doc.empty(), picture: state.history.now.picture, ...told };
  if (told && (await attempt("load", () => api.planes(id, told))) && id === state.id) change(whole);
};
