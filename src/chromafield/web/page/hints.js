// The document that people make, and its past and future. Documents are never changed, only replaced.

export const empty = () => ({ chromafield: "hints", version: 2, marks: [], same: [], settings: {} });

// The version of hint files that can say all of it: 1 has no reaches, 2 no hidden marks.
const dated = (document) => ({ ...document, version: document.marks.some((mark) => mark.hidden) ? 3 : 2 });

export class History {
  constructor(document) {
    this.past = [];
    this.now = document;
    this.future = [];
  }

  push(document) {
    this.past.push(this.now);
    this.now = document;
    this.future = [];
  }

  undo() {
    if (!this.past.length) return false;
    this.future.push(this.now);
    this.now = this.past.pop();
    return true;
  }

  redo() {
    if (!this.future.length) return false;
    this.past.push(this.now);
    this.now = this.future.pop();
    return true;
  }
}

export const add = (document, mark) => dated({ ...document, marks: [...document.marks, mark] });
export const tied = (document, one, other) => ({ ...document, same: [...document.same, [one, other]] });

// What is chosen of a document: {list: "marks" or "same", place}; `made`: by being made alone.
export const item = (document, chosen) => chosen && document[chosen.list][chosen.place];
export const replaced = (document, { list, place }, one) => dated({ ...document, [list]: document[list].map((m, i) => (i === place ? one : m)) });
export const without = (document, { list, place }) => ({ ...document, [list]: document[list].filter((_, i) => i !== place) });

// The same over the colours of a version that another program made; it lies under all marks.
export const over = (document, name) => dated({ ...document, marks: [{ colored: name }, ...document.marks.filter((mark) => !mark.colored)] });

export function toggled(document, place) {
  const { hidden, ...mark } = document.marks[place];
  return replaced(document, { list: "marks", place }, hidden ? mark : { ...mark, hidden: true });
}

const text = (mark) => JSON.stringify(mark);

// What a mark was before, the last first: its place is followed back to the document that it came with.
export function formsBefore({ past, now }, place) {
  const found = [];
  let [marks, at] = [now.marks, place];
  for (const { marks: before } of past.toReversed()) {
    const mark = text(marks[at]);
    const same = text(before[at] ?? null) === mark ? at : before.findIndex((one) => text(one) === mark);
    if (same < 0 && before.length !== marks.length) break;
    if (same < 0) found.push(before[at]);
    else at = same;
    marks = before;
  }
  return found;
}

export function setting(document, name, value) {
  const settings = { ...document.settings };
  if (value === null) delete settings[name];
  else settings[name] = value;
  return { ...document, settings };
}

// Of a mark or a region; of two regions that agree, both. Marks that name a picture have none.
export const places = (mark) => (Array.isArray(mark) ? mark.flatMap(places) : mark.at ? [mark.at] : (mark.path ?? mark.polygon ?? []));

const within = (n) => Math.min(Math.max(n, 0), 1);

export function moved(mark, dx, dy) {
  if (Array.isArray(mark)) return mark.map((region) => moved(region, dx, dy));
  const shift = ([x, y]) => [within(x + dx), within(y + dy)];
  if (mark.at) return { ...mark, at: shift(mark.at) };
  const kind = mark.path ? "path" : "polygon";
  return { ...mark, [kind]: mark[kind].map(shift) };
}

// The corner of a region, or the place of a line, that is near enough to be taken; -1 where none is.
export function cornerAt(mark, place, [width, height]) {
  const longest = Math.max(width, height);
  const far = (mark.path ?? mark.polygon ?? []).map(([x, y]) => Math.hypot(((x - place[0]) * width) / longest, ((y - place[1]) * height) / longest));
  const nearest = far.indexOf(Math.min(...far));
  return far[nearest] <= LEAST ? nearest : -1;
}

const SOFT = 0.25; // of a line's places to either side that follow the one that is moved

// A region with one corner elsewhere, or a line that is bent by one of its places.
export function reshaped(mark, corner, dx, dy) {
  const kind = mark.path ? "path" : "polygon";
  const soft = mark.path ? Math.max(SOFT * mark.path.length, 1) : 1;
  const pull = (i) => Math.max(0, 1 - Math.abs(i - corner) / soft);
  return { ...mark, [kind]: mark[kind].map(([x, y], i) => [within(x + pull(i) * dx), within(y + pull(i) * dy)]) };
}

const LEAST = 0.012; // of the longer side: how near is near enough

// The topmost of what lies at a place, or null.
export function hit(document, place, size) {
  for (const list of ["same", "marks"]) {
    for (let i = document[list].length - 1; i >= 0; i--) {
      const parts = list === "same" ? document.same[i] : [document.marks[i]];
      if (parts[0].hidden) continue;
      if (parts.some((part) => covers(part, place, size))) return { list, place: i };
    }
  }
  return null;
}

function covers(mark, place, [width, height]) {
  const longest = Math.max(width, height);
  const scaled = ([x, y]) => [(x * width) / longest, (y * height) / longest];
  const line = places(mark).map(scaled);
  const reach = Math.max(mark.radius ?? 0, LEAST);
  if (mark.polygon && inside(place, mark.polygon)) return true;
  return line.some((end, i) => away(scaled(place), end, line[i + 1] ?? end) <= reach);
}

// How far a place is from a line between two others.
function away([x, y], [x1, y1], [x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = within(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1));
  return Math.hypot(x - x1 - along * dx, y - y1 - along * dy);
}

function inside([x, y], corners) {
  let odd = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [xi, yi] = corners[i];
    const [xj, yj] = corners[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

// Draw a document's marks, each in its own colour, on a 2D context of the picture's size.
export function draw(context, document, [width, height]) {
  context.clearRect(0, 0, width, height);
  for (const mark of document.marks) trace(context, mark, [width, height]);
}

export function trace(context, mark, [width, height]) {
  if (mark.sample || mark.hidden) return;
  const color = mark.color === "grey" ? "#808080" : mark.color;
  const radius = Math.max((mark.radius ?? 0) * Math.max(width, height), 0.75);
  const at = ([x, y]) => [x * width, y * height];
  context.fillStyle = context.strokeStyle = color;
  context.lineWidth = 2 * radius;
  context.lineCap = context.lineJoin = "round";
  const [first, ...rest] = places(mark).map(at);
  if (!first) return;
  context.beginPath();
  if (!mark.polygon && !rest.length) {
    context.arc(...first, radius, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.moveTo(...first);
  for (const place of rest) context.lineTo(...place);
  if (mark.polygon) context.fill();
  else context.stroke();
}
