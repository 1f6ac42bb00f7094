// The sitting: consent, instructions, training, sessions with breaks, end.
import { Ballots, newIdentifier } from "./ballots.js";
import { Pictures } from "./pictures.js";
import { Scale } from "./scale.js";
import { Looking } from "./looking.js";
import { Message } from "./message.js";
import { byId, currentLanguage, isShown, say, show, startLanguages } from "./screens.js";

const DIMENSIONS = ["consistency", "perception"];
const RETRY_MS = 2000;

let state, ballots, pictures, scales;
let place = 0;            // of the pair on the screen
let correcting = null;    // the ballot that the one being given corrects
let cast = null;          // the latest ballot, to go back to
const looking = new Looking();
const message = new Message();

const total = () => state.blocks.at(-1).stop;
const blockOf = (at) => state.blocks.find((block) => at < block.stop);
const sessions = () => state.blocks.filter((block) => block.session !== null);
const numberOf = (block) => sessions().indexOf(block) + 1;

async function ask(path, options) {
  for (;;) {
    try {
      const answer = await fetch(path, { cache: "no-store", ...options });
      if (answer.ok) return await answer.json();
      if (answer.status === 404) return message.tell("trouble_title", "trouble_link");
    } catch { /* the network is away */ }
    if (!isShown("rate")) message.tell("trouble_title", "trouble_server");
    await new Promise((done) => setTimeout(done, RETRY_MS));
  }
}

function consent() {
  show("consent");
  byId("agree").onclick = async () => {
    const options = { method: "POST", body: currentLanguage() };
    if (await ask("consent", options)) { state.consented = true; instructions(); }
  };
  byId("decline").onclick = () => message.tell("declined_title", "declined_1");
}

function instructions() {
  byId("begin").textContent = say(state.blocks[0].session === null ? "begin_training" : "begin");
  byId("begin").onclick = () => start(0);
  pictures.prepare(0, Math.min(state.ahead, total()));
  show("instructions");
  byId("begin").focus({ preventScroll: true });
}

// What comes at a place: an end, a break, or the pair itself.
function turnTo(at) {
  if (at >= total()) return end();
  const block = blockOf(at);
  const go = () => start(at);
  if (at === block.start && at > 0) {
    const before = blockOf(at - 1);
    if (before.session === null) return message.tell("trained_title", "trained_1", {}, go);
    return message.tell("break_title", "break_1", { number: numberOf(before), count: sessions().length }, go);
  }
  const done = at - block.start, count = block.stop - block.start;
  if (block.session !== null && done % state.rest === 0 && done > 0 && count - done > state.rest / 4) {
    return message.tell("rest_title", "rest_1", { done, count }, go);
  }
  return start(at);
}

function end() {
  const blanks = { count: ballots.waiting };
  message.tell("end_title", ballots.waiting ? "end_waiting" : "end_1", blanks);
}

async function start(at) {
  place = at;
  correcting = null;
  for (const scale of scales) scale.clear();
  byId("offensive").checked = false;
  await bringUp();
}

// The latest vote once more, to be corrected.
async function goBack() {
  if (!cast) return;
  const ballot = cast;
  cast = null;
  place = ballot.place;
  correcting = ballot.id;
  scales.forEach((scale, at) => scale.set(ballot[DIMENSIONS[at]]));
  byId("offensive").checked = ballot.offensive;
  await bringUp();
}

async function bringUp() {
  show("rate");
  looking.restart();
  pictures.clear();
  byId("loading").hidden = true;
  const slow = setTimeout(() => { byId("loading").hidden = false; }, 150);
  const at = place;
  pictures.prepare(at, Math.min(at + state.ahead, total()));
  describe();
  const images = await pictures.pair(at);
  clearTimeout(slow);
  if (at !== place) return;
  byId("loading").hidden = true;
  pictures.show(images, [say("reconstruction"), say("reference")]);
  if (isShown("rate")) {
    looking.start();
    scales[0].focus();
  }
  describe();
}

function describe() {
  const block = blockOf(place);
  const done = place - block.start, count = block.stop - block.start;
  byId("part").textContent = block.session === null
    ? say("training") : say("session", { number: numberOf(block), count: sessions().length });
  byId("progress").textContent = say("place", { number: done + 1, count });
  byId("left").textContent = say("left", { minutes: Math.max(1, Math.round((count - done) * looking.pace(state.seconds * 1000) / 60000)) });
  byId("bar").value = done / count;
  byId("back").disabled = !cast;
  byId("next").disabled = !pictures.current || scales.some((scale) => scale.score === null);
}

function notice() {
  const [width, height] = pictures.needed;
  const percent = Math.floor(pictures.shown * 100);
  byId("notice").textContent = pictures.shown < 0.999 ? say("scaled", { percent, width, height }) : "";
}

function submit() {
  if (byId("next").disabled) return;
  const dwell = looking.finish();
  const [consistency, perception] = scales.map((scale) => scale.score);
  cast = {
    id: newIdentifier(), replaces: correcting ?? "", place, consistency, perception,
    offensive: byId("offensive").checked, dwell_ms: Math.round(dwell),
    screen_width: screen.width, screen_height: screen.height, window_width: innerWidth, window_height: innerHeight,
    pixel_ratio: devicePixelRatio, shown: pictures.shown,
  };
  ballots.cast(cast);
  turnTo(place + 1);
}

function pause() {
  looking.stop();
  message.tell("pause_title", "pause_1", {}, () => {
    show("rate");
    if (pictures.current) looking.start();
    scales[0].focus();
  });
}

const active = () => scales.find((scale) => scale.focused) ?? scales.find((scale) => scale.score === null) ?? scales[1];

function onEnter() {
  const open = scales.find((scale) => scale.score === null);
  const last = scales.at(-1);
  // From the first scale on to the second, also where that has a score already (a correction).
  if (scales[0].focused && scales[0].score !== null && correcting) return last.focus();
  if (open) return open.focus();
  return submit();
}

const KEYS = {
  Enter: onEnter,
  Backspace: goBack,
  Escape: pause,
  o: () => byId("offensive").click(),
};

function onKey(event) {
  if (!isShown("rate") || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Enter" && document.activeElement?.tagName === "BUTTON") return;
  const digit = /^[0-9]$/.test(event.key) ? Number(event.key) : null;
  const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (digit === null && !action) return;
  event.preventDefault();
  if (event.repeat) return;
  if (digit === null) return action();
  const scale = active();
  scale.focus();
  scale.type(digit);
}

function heardOf(waiting) {
  byId("saved").textContent = waiting ? say("waiting", { count: waiting }) : say("saved");
  if (isShown("message") && message.title === "end_title") end();
}

// What the server holds is what counts: go on from there.
async function onRefused(reason) {
  state = await ask("state");
  if (!state) return;
  cast = null;
  message.tell("trouble_title", "trouble_vote", { reason }, () => turnTo(state.done));
}

function resume() {
  const at = Math.max(state.done, ...ballots.places.map((waiting) => waiting + 1));
  if (!state.consented) return consent();
  if (at === 0) return instructions();
  if (at >= total()) return end();
  if (state.last) cast = { ...state.last.scores, ...state.last };
  pictures.prepare(at, Math.min(at + state.ahead, total()));
  return message.tell("resume_title", "resume_1", { done: at, count: total() }, () => start(at));
}

async function begin() {
  startLanguages(() => {
    message.write();
    if (state) byId("begin").textContent = say(state.blocks[0].session === null ? "begin_training" : "begin");
    scales?.forEach((scale) => scale.describe());
  });
  ballots = new Ballots(location.pathname, { changed: heardOf, refused: (reason) => (state ? onRefused(reason) : null) });
  await ballots.send();
  const answer = await ask("state");
  if (!answer) return;
  state = answer;
  pictures = new Pictures();
  pictures.fitted = notice;
  scales = DIMENSIONS.map((name) => new Scale(name, state.step, describe));
  byId("next").addEventListener("click", submit);
  byId("back").addEventListener("click", goBack);
  byId("pause").addEventListener("click", pause);
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("keydown", onKey);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) looking.stop();
    else if (isShown("rate") && pictures.current) looking.start();
  });
  resume();
}

begin();
