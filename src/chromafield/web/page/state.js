// What the page knows, and how it speaks to the person.

import { History, empty } from "./hints.js";

export const find = (id) => document.getElementById(id);
export const stage = find("stage");
export const over = find("over");

// `base`: what the server has saved, as text.
export const fresh = () => ({ history: new History(empty()), revision: 0, base: null });

export const state = {
  id: null, // the open picture's number
  status: null, // what the server says of it
  grey: null, // the preview's lightness, as soon as it is known
  light: null, // the same; null until the picture can be worked on
  kept: fresh(), // what is made of it: the document's history, and the revision that is saved
  tool: "point",
  radius: 0.012, // of the next mark, a share of the longer side
  color: null, // of the next mark; null: the network's own guess of its place
  chosen: null, // what is chosen of the document: {list: "marks" or "same", place, made}
  tried: null, // a document that is shown for a moment, as while a sample is pointed at
  hover: null, // the pointer's place
  pointed: null, // the number of the mark whose line the pointer is on
  side: false, // before and after side by side
  corners: [], // of a region that is being drawn
  first: null, // the first of two regions that shall agree
  cross: [0.5, 0.5], // the keyboard's place
  zoom: 1,
  middle: [0.5, 0.5], // of the view
  drag: null,
  ring: null, // where the next click helps most
  reach: null, // what the chosen mark reaches, as a canvas, while it is shown
  trust: null, // what is taken of the coloured version, as a canvas; dark where nothing is
  matched: null, // where the references' colours are used, as a canvas, while it is shown
  alike: null, // what is like the place of a reference that the pointer is on, as a canvas
  doubt: null, // how unsure the network is, as a canvas
  spot: null, // a place that the colours are shown for, without a mark
  get history() {
    return this.kept.history;
  },
};

const followers = []; // what else is shown of the document, and of what is chosen of it

export const whenChanged = (act) => followers.push(act);
export const tellChanged = () => followers.forEach((act) => act());

// ---------------------------------------------------------------- messages

let topic = null; // what the message is about

// A sentence on the page, with buttons that answer it; none takes the one on this topic away.
export function say(about, sentence, answers = {}) {
  if (!sentence && about !== topic) return;
  topic = sentence ? about : null;
  const box = find("message");
  box.hidden = !sentence;
  box.querySelector("span").textContent = sentence ?? "";
  const buttons = Object.entries(answers).map(([name, act]) => {
    const button = document.createElement("button");
    button.textContent = name;
    button.onclick = () => {
      hush();
      act();
    };
    return button;
  });
  box.querySelector(".answers").replaceChildren(...buttons);
}

export const hush = () => say(topic, null);

find("message").querySelector("[aria-label=Close]").onclick = hush;

// Runs work that may be refused; the sentence goes on the page, and away when the work succeeds.
export async function attempt(about, work) {
  try {
    const done = await work();
    say(about, null);
    return done;
  } catch (error) {
    say(about, error.message);
    return null;
  }
}

// What is open, as a job for the command line.
export function showCommand() {
  find("command").textContent = state.status?.command ?? "";
}

export function showStatus(text) {
  const { status } = state;
  find("status").textContent = text ?? (status ? `${status.width} × ${status.height}` : "");
  find("status").classList.toggle("busy", Boolean(text));
}
