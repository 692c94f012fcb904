// Five steps through the page, beside what they speak of. Nothing is blocked meanwhile; Escape or Skip ends it.

import { find } from "./state.js";

const STEPS = [
  ["stage", "Click where a colour is wrong. Five likely colours open beside the place; choose one, or any from the wheel."],
  ["tools", "Line and Area give one colour to more. Match says that two places share one. Next shows where the colours are least sure."],
  ["reach", "A colour stays on its thing. Reach says more or less, from “only here” to “all like it”."],
  ["split", "Before and after: move the line, or hold B."],
  ["export", "Export saves the photograph in colour, at its full size. Marks and undo are kept by themselves."],
];
const card = find("tour");
let at = -1;

export function tour() {
  at = -1;
  next();
}

function next() {
  at += 1;
  document.querySelector(".toured")?.classList.remove("toured");
  card.hidden = at >= STEPS.length;
  if (card.hidden) return;
  const [id, words] = STEPS[at];
  find("tour-words").textContent = words;
  find("tour-step").textContent = `${at + 1} of ${STEPS.length}`;
  find("tour-next").textContent = at + 1 < STEPS.length ? "Next" : "Done";
  // In a folded window the panel, and what lies in it, is behind its button.
  const there = find(id).checkVisibility({ visibilityProperty: true }) && find(id).getBoundingClientRect().width ? find(id) : find("panel-shown");
  there.classList.add("toured");
  place(there.getBoundingClientRect(), id === "stage");
  find("tour-next").focus({ preventScroll: true });
}

// Beside what it speaks of, or in a corner of the stage; inside the window always.
function place(box, inside) {
  const { offsetWidth: width, offsetHeight: height } = card;
  const within = (n, most) => Math.round(Math.min(Math.max(n, 6), most - 6));
  const left = inside ? box.left + 12 : box.left > innerWidth / 2 ? box.left - width - 12 : box.right + 12;
  const top = inside ? box.bottom - height - 12 : box.top < innerHeight / 3 && box.height < 80 ? box.bottom + 10 : box.top;
  card.style.left = `${within(left, innerWidth - width)}px`;
  card.style.top = `${within(top, innerHeight - height)}px`;
}

export function endTour() {
  at = STEPS.length - 1;
  if (!card.hidden) next();
}

find("tour-next").onclick = next;
find("tour-skip").onclick = endTour;
find("tour-again").onclick = () => {
  find("help").close();
  tour();
};
addEventListener("resize", () => card.hidden || (at -= 1, next()));
