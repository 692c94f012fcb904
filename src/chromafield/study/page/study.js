"use strict";
const $ = (id) => document.getElementById(id);
let session, place = 0, since = 0, ready = false;

function show(...ids) {
  for (const id of ["first", "vote", "pair", "keys", "last"]) $(id).hidden = !ids.includes(id);
}

function end(text) {
  $("thanks").textContent = text;
  show("last");
}

function load(image, file) {
  image.src = "pictures/" + file;
  return image.decode();
}

async function next() {
  $("progress").max = session.pairs.length;
  $("progress").value = place;
  if (place >= session.pairs.length) {
    end("That was all. Your votes are kept; you may close this page.");
    return;
  }
  ready = false;
  const [left, right] = session.pairs[place].files;
  try {
    await Promise.all([load($("left").firstChild, left), load($("right").firstChild, right)]);
  } catch {
    end("A picture could not be loaded. What you chose until here is kept.");
    return;
  }
  since = performance.now();
  ready = true;
  const after = session.pairs[place + 1];
  if (after) for (const file of after.files) new Image().src = "pictures/" + file;
}

async function choose(choice) {
  if (!ready) return;
  ready = false;
  const { pair, turned } = session.pairs[place];
  const seconds = (performance.now() - since) / 1000;
  try {
    const sent = await fetch("vote", {
      method: "POST",
      body: JSON.stringify({ voter: session.voter, pair, turned, choice, seconds }),
    });
    if (!sent.ok) throw new Error(await sent.text());
  } catch (error) {
    end("Your vote could not be kept (" + error.message + "). Those before it are.");
    return;
  }
  place += 1;
  next();
}

$("begin").addEventListener("click", async () => {
  session = await (await fetch("session")).json();
  $("question").textContent = session.question;
  show("vote", "pair", "keys");
  next();
});
$("left").addEventListener("click", () => choose("left"));
$("right").addEventListener("click", () => choose("right"));
addEventListener("keydown", (event) => {
  if (event.repeat || $("pair").hidden) return;
  if (event.key === "ArrowLeft" || event.key === "ArrowUp") choose("left");
  else if (event.key === "ArrowRight" || event.key === "ArrowDown") choose("right");
  else return;
  event.preventDefault();
});
