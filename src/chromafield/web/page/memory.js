// What the browser keeps of a picture: its history, so that undo survives a reload, and what the server has not
// saved yet, so that nothing is lost where it ended.

import { History } from "./hints.js";

const MOST = 100; // documents of the past

const keyOf = ({ name, width, height }) => `chromafield ${name} ${width}x${height}`;

// A document as text, the same for the same whatever the order of its keys.
export const plain = (document) => {
  const { marks = [], same = [], settings = {} } = document;
  return JSON.stringify({ marks, same, settings }, (_, value) =>
    value && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value,
  );
};

export function remember(status, { history, base }) {
  const { past, now, future } = history;
  try {
    localStorage.setItem(keyOf(status), JSON.stringify({ past: past.slice(-MOST), now, future: future.slice(-MOST), base }));
  } catch {
    // A full store costs the undo after a reload, and nothing else.
  }
}

// The history that goes on from what the server has; null where somebody else changed it.
export function recall(status, hints) {
  try {
    const kept = JSON.parse(localStorage.getItem(keyOf(status)));
    const saved = plain(hints);
    if (!kept || ![plain(kept.now), kept.base].includes(saved)) return null;
    const history = Object.assign(new History(kept.now), { past: kept.past, future: kept.future });
    return { history, unsaved: plain(kept.now) !== saved };
  } catch {
    return null;
  }
}
