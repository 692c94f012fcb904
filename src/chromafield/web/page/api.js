// What the page asks of the server. Every error is a sentence.

export const token = new URLSearchParams(location.search).get("token") ?? "";

export class Refused extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`/api/${path}`, { ...options, headers: { "X-Token": token, ...options.headers } });
  } catch {
    throw new Refused("The studio has ended. Start it again: what you do is kept here meanwhile, and sent when it is back.", 0);
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Refused(told.error ?? told.detail ?? `The server said ${answer.status}.`, answer.status);
}

const json = (method, value) => ({ method, body: JSON.stringify(value), headers: { "Content-Type": "application/json" } });

// Sent even while the page is closed; browsers allow it for small bodies alone.
const lasting = (options) => ({ ...options, keepalive: options.body.length < 60000 });

export const pictures = async () => (await ask("pictures")).json();
export const upload = async (file) => (await ask(`pictures?${named(file)}`, { method: "POST", body: file })).json();
export const status = async (id, query = {}) => (await ask(`pictures/${id}?${new URLSearchParams(query)}`)).json();
export const close = async (id) => (await ask(`pictures/${id}`, { method: "DELETE" })).json();
export const settings = async () => (await ask("settings")).json();
export const examples = async () => (await ask("examples")).json();
export const example = async (name) => (await ask(`examples/${encodeURIComponent(name)}`)).blob();
export const beginExample = async (name) => (await ask(`examples/${encodeURIComponent(name)}`, { method: "POST" })).json();
export const hints = async (id) => (await ask(`pictures/${id}/hints`)).json();
export const draft = async (id) => (await ask(`pictures/${id}/draft`)).json();
export const removeDraft = async (id) => (await ask(`pictures/${id}/draft`, { method: "DELETE" })).json();
export const small = async (id) => (await ask(`pictures/${id}/small`)).blob();
export const save = async (id, told, revision) => (await ask(`pictures/${id}/hints?revision=${revision}`, lasting(json("PUT", told)))).json();
export const giveSettings = async (id, settings) => (await ask(`pictures/${id}/settings`, json("PUT", { settings }))).json();
export const saveBeside = async (id, told) => (await ask(`pictures/${id}/save`, json("POST", told))).json();
export const suggest = async (id, [x, y]) => (await ask(`pictures/${id}/suggest?x=${x}&y=${y}`)).json();
export const unsure = async (id, told) => (await ask(`pictures/${id}/unsure`, json("POST", told))).json();

async function bytes(path, options) {
  const answer = await ask(path, options);
  const size = [Number(answer.headers.get("X-Width")), Number(answer.headers.get("X-Height"))];
  return { size, bytes: new Uint8Array(await answer.arrayBuffer()) };
}

export const lightness = (id, part = {}) => bytes(`pictures/${id}/lightness?${new URLSearchParams(part)}`);
export const doubt = (id) => bytes(`pictures/${id}/doubt`);
export const reach = (id, told) => bytes(`pictures/${id}/reach`, json("POST", told));

export async function sample(id, [seed, number]) {
  return (await ask(`pictures/${id}/samples/${seed}/${number}`)).blob();
}

const named = ({ name }) => `name=${encodeURIComponent(name)}`;

export const use = async (id, file) => (await ask(`pictures/${id}/use?${named(file)}`, { method: "POST", body: file })).json();
export const trust = (id, told) => bytes(`pictures/${id}/trust`, json("POST", told));
export const joinReferences = async (id, names) => (await ask(`pictures/${id}/references`, json("PUT", { names }))).json();
export const referenceNames = async (id, name) => (await ask(`pictures/${id}/references/names?${new URLSearchParams({ name })}`)).json();
export const keepReference = async (id, file) => (await ask(`pictures/${id}/references?${named(file)}`, { method: "POST", body: file })).json();
export const reference = async (id, name) => (await ask(`pictures/${id}/references?${new URLSearchParams({ name })}`)).blob();

// Planes of numbers, one after the other.
async function numbers(path, told) {
  const answer = await ask(path, json("POST", told));
  const size = [Number(answer.headers.get("X-Width")), Number(answer.headers.get("X-Height"))];
  const server = Number(answer.headers.get("X-Milliseconds"));
  return { size, server, values: new Float32Array(await answer.arrayBuffer()) };
}

export const planes = (id, told) => numbers(`pictures/${id}/planes`, told);
export const matches = (id, told) => numbers(`pictures/${id}/matches`, told);

export async function exported(id, told, query) {
  const answer = await ask(`pictures/${id}/export?${new URLSearchParams(query)}`, json("POST", told));
  const header = answer.headers.get("Content-Disposition") ?? "";
  const coded = /filename\*=utf-8''([^;]+)/i.exec(header)?.[1];
  const name = coded ? decodeURIComponent(coded) : /filename="([^"]+)"/.exec(header)?.[1];
  return { name: name ?? "picture", blob: await answer.blob() };
}
