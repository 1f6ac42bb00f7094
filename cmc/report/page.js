"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const CHUNK = 24;

/** An element with properties and children; text goes in as text, never as markup. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/* ---- light and dark ---- */
$("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});

/* ---- leaderboard: which table, and in which order ---- */
function chooseBoard() {
  for (const board of document.querySelectorAll(".board[data-board]")) {
    board.hidden = board.dataset.board !== $("board").value || board.dataset.content !== $("board-content").value;
  }
  markScrollable();
}
/** What can be scrolled sideways can be reached by keyboard; what cannot is no stop for Tab. */
function markScrollable() {
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
addEventListener("resize", markScrollable);
$("board").addEventListener("change", chooseBoard);
$("board-content").addEventListener("change", chooseBoard);

function valueOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.textContent.trim().toLowerCase() : Number(cell.dataset.value);
}

function sortBy(header) {
  const table = header.closest("table");
  const column = header.cellIndex;
  // Text and ranks start at the smallest, scores at the greatest.
  const upwards = header.classList.contains("text") || column === 0;
  const before = header.getAttribute("aria-sort");
  const order = before ? (before === "ascending" ? "descending" : "ascending") : upwards ? "ascending" : "descending";
  for (const other of table.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const compare = (a, b) => sign * (typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b);
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => compare(valueOf(a, column), valueOf(b, column)));
  table.tBodies[0].append(...rows);
}
for (const header of document.querySelectorAll(".sortable thead th")) {
  header.querySelector("button")?.addEventListener("click", () => sortBy(header));
}

/* ---- gallery: filters ---- */
let shown = [];
let built = 0;

function options(select, pairs) {
  const before = select.value;
  select.replaceChildren(...pairs.map(([value, text]) => make("option", { value, textContent: text })));
  if (pairs.some(([value]) => value === before)) select.value = before;
}

function fillFilters() {
  options($("target"), data.targets.map(({ name }) => [name, name]));
  const counts = new Map([["", data.images.length]]);
  for (const { type, subtype } of data.images) {
    for (const key of new Set([type, `${type} ${subtype}`])) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const types = [...counts].filter(([key]) => key !== "other other").sort(([a], [b]) => (a < b ? -1 : 1));
  options($("type"), types.map(([key, count]) => [key, `${key.replace(" ", ": ") || "all"} (${count})`]));
  const metrics = new Set(data.images.flatMap(({ shots }) => Object.values(shots).flatMap(Object.values)).flatMap(({ scores }) => Object.keys(scores)));
  options($("metric"), [["overall", "overall"], ...[...metrics].map((name) => [name, name.toUpperCase()])]);
  fillModes();
}

function fillModes() {
  const target = data.targets.find(({ name }) => name === $("target").value);
  options($("mode"), [["", "all modes"], ...(target?.modes ?? []).map((mode) => [mode, mode])]);
}

/** The mean of a metric over the chosen modes of the chosen result; undefined without any score. */
function scoreOf(image, metric = $("metric").value, mode = $("mode").value) {
  const shots = image.shots[$("target").value] ?? {};
  const chosen = (mode ? [shots[mode]] : Object.values(shots)).filter((shot) => shot?.status === "ok");
  if (!chosen.length) return undefined;
  const one = metric === "overall" ? ({ fr, nr }) => (2 * fr + nr) / 3 : (scores) => scores[metric];
  return chosen.reduce((sum, { scores }) => sum + one(scores), 0) / chosen.length;
}

function matches(image) {
  const type = $("type").value;
  const shots = Object.values(image.shots[$("target").value] ?? {});
  const words = `${image.name} ${image.captions[$("target").value] ?? ""}`.toLowerCase();
  return (
    shots.length > 0 &&
    (!type || type === image.type || type === `${image.type} ${image.subtype}`) &&
    (!$("lost").checked || shots.some(({ status }) => status !== "ok")) &&
    words.includes($("search").value.trim().toLowerCase())
  );
}

function filter() {
  const order = $("order").value;
  shown = data.images.filter(matches);
  if (order !== "name") {
    const sign = (order === "worst") === data.lower.includes($("metric").value) ? -1 : 1;
    const scored = new Map(shown.map((image) => [image, scoreOf(image)]));
    const last = (score) => (score === undefined ? Infinity : sign * score);
    shown.sort((a, b) => last(scored.get(a)) - last(scored.get(b)));
  }
  $("count").textContent = `${shown.length} of ${data.images.length} images`;
  built = 0;
  $("entries").replaceChildren();
  buildMore();
}

/* ---- gallery: entries, built as the reader comes near ---- */
function format(scores) {
  return Object.entries(scores).map(([name, value]) => `${name.toUpperCase()} ${value.toFixed(3)}`).join("  ");
}

/** Shows a picture that the safety checker flags, wherever it stands. */
function reveal(picture) {
  picture.flagged = false;
  picture.refresh?.();
}

function shot(title, picture, alt, open, note = "") {
  const image = picture.thumb
    ? make("img", { src: picture.thumb, alt, decoding: "async", loading: "lazy" })
    : make("span", { className: "none", textContent: picture.status ?? "no picture" });
  const parts = [image, make("b", { textContent: title }), make("span", { textContent: note })];
  if (!picture.thumb || !(open || picture.flagged)) return make("div", { className: "shot" }, ...parts);
  const button = make("button", { type: "button", className: "shot" }, ...parts);
  picture.refresh = () => {
    image.classList.toggle("flagged", picture.flagged);
    button.disabled = !open && !picture.flagged;
    const does = picture.flagged ? `Show ${alt}, which is flagged.` : open ? `Compare ${alt} with the ground truth.` : alt;
    button.setAttribute("aria-label", `${does} ${note}`);
  };
  picture.refresh();
  button.addEventListener("click", () => (picture.flagged ? reveal(picture) : open()));
  return button;
}

/** The ground truth with the maps of its items laid over, and the names in their colours. */
function mapped(image) {
  const made = shot("items", image.maps, `${image.name}, maps of its items`);
  for (const item of image.maps.items) {
    const swatch = make("i", { className: "swatch" });
    swatch.style.background = item.colour;
    made.append(make("span", {}, swatch, item.name));
  }
  return made;
}

function entry(image, index) {
  const target = $("target").value;
  const caption = image.captions[target];
  const shots = make("div", { className: "shots" }, shot("ground truth", image.gt, `${image.name}, ground truth`));
  for (const [kind, picture] of Object.entries(image.refs)) {
    const title = `${kind} reference`;
    const made = shot(title, picture, `${image.name}, ${title}`, () => openCompare(index, title));
    if (kind === "pixel") made.querySelector("img")?.classList.add("grid");
    shots.append(made);
  }
  if (image.maps.thumb) shots.append(mapped(image));
  for (const [mode, picture] of Object.entries(image.shots[target])) {
    shots.append(shot(mode, picture, `${image.name}, ${mode}`, () => openCompare(index, mode), format(picture.scores)));
  }
  const kind = [image.type, image.subtype].filter((word, at) => at === 0 || word !== image.type).join(" ");
  const made = make("article", { className: "entry" }, make("h3", {}, image.name, make("span", { textContent: kind })));
  made.setAttribute("role", "listitem");
  if (caption) made.append(make("p", { textContent: caption }));
  made.append(shots);
  return made;
}

function buildMore() {
  const end = Math.min(built + CHUNK, shown.length);
  $("entries").append(...shown.slice(built, end).map((image, at) => entry(image, built + at)));
  built = end;
}
new IntersectionObserver(([seen]) => seen.isIntersecting && built < shown.length && buildMore(), { rootMargin: "1200px" }).observe($("more"));

for (const id of ["type", "order", "metric", "mode", "lost"]) $(id).addEventListener("change", filter);
$("target").addEventListener("change", () => { fillModes(); filter(); });
$("search").addEventListener("input", filter);
$("filters").addEventListener("submit", (event) => event.preventDefault());

/* ---- before and after ---- */
let open = { index: 0, title: "" };

function pictures(image) {
  const refs = Object.entries(image.refs).map(([kind, picture]) => [`${kind} reference`, picture]);
  return new Map([...refs, ...Object.entries(image.shots[$("target").value] ?? {})].filter(([, picture]) => picture.thumb));
}

function openCompare(index, title) {
  const image = shown[index];
  const found = pictures(image);
  if (!found.size) return;
  open = { index, title: found.has(title) ? title : [...found.keys()].at(-1) };
  const picture = found.get(open.title);
  $("compare-title").textContent = image.name;
  $("compare-caption").textContent = image.captions[$("target").value] ?? "";
  $("figures-of").textContent = picture.scores ? format(picture.scores) : "";
  shapeStage(image.gt.thumb ?? picture.thumb);
  show($("before"), image.gt, `${image.name}, ground truth`);
  show($("after"), picture, `${image.name}, ${open.title}`);
  // One pixel a block: shown as the blocks that it is.
  $("after").classList.toggle("grid", open.title === "pixel reference");
  const flagged = [image.gt, picture].filter((one) => one.flagged);
  $("stage").classList.toggle("flagged", flagged.length > 0);
  $("reveal").hidden = !flagged.length;
  $("open-before").href = image.gt.href ?? "";
  $("open-after").href = picture.href;
  $("shots").replaceChildren(...[...found.keys()].map((name) => {
    const button = make("button", { type: "button", textContent: name });
    button.setAttribute("aria-pressed", name === open.title);
    button.addEventListener("click", () => openCompare(index, name));
    return button;
  }));
  $("previous").disabled = index === 0;
  $("next").disabled = index === shown.length - 1;
  drawError();
  if (!$("compare").open) {
    $("compare").showModal();
    $("divide").focus();
  }
}

/** The stage takes the picture's shape, so that the labels and the grip lie on the picture. */
async function shapeStage(uri) {
  const image = new Image();
  image.src = uri;
  await image.decode();
  $("stage").style.setProperty("--ratio", image.naturalWidth / image.naturalHeight);
}

/** The thumbnail at once, and the full picture in its place if the folders still lie beside the page. */
function show(element, picture, alt) {
  element.alt = alt;
  element.src = picture.thumb ?? "";
  if (!picture.href) return;
  const full = new Image();
  full.src = picture.href;
  full.decode().then(() => { if (element.alt === alt) element.src = full.src; }, () => {});
}

// Stops of matplotlib's inferno, as the legend's.
const STOPS = [[0, 0, 4], [66, 10, 104], [147, 38, 103], [221, 81, 58], [252, 165, 10], [252, 255, 164]];
function colour(share) {
  const place = Math.min(share, 1) * (STOPS.length - 1);
  const low = Math.min(Math.floor(place), STOPS.length - 2);
  return STOPS[low].map((from, at) => from + (STOPS[low + 1][at] - from) * (place - low));
}

async function pixels(uri, width, height) {
  const image = new Image();
  image.src = uri;
  await image.decode();
  const canvas = make("canvas", { width: width ?? image.naturalWidth, height: height ?? image.naturalHeight });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** Mean absolute difference of the thumbnails' channels, pixel by pixel; full colour at a quarter of the range. */
async function drawError() {
  const on = $("error").getAttribute("aria-pressed") === "true";
  $("map").hidden = $("legend").hidden = !on;
  $("after-tag").textContent = on ? `error of ${open.title}` : open.title;
  const image = shown[open.index];
  const picture = pictures(image).get(open.title);
  if (!on || !image.gt.thumb) return;
  const truth = await pixels(image.gt.thumb);
  const other = await pixels(picture.thumb, truth.width, truth.height);
  const map = new ImageData(truth.width, truth.height);
  let sum = 0;
  for (let at = 0; at < truth.data.length; at += 4) {
    let gap = 0;
    for (let channel = 0; channel < 3; channel += 1) gap += Math.abs(truth.data[at + channel] - other.data[at + channel]);
    sum += gap / 765;
    map.data.set([...colour((4 * gap) / 765), 255], at);
  }
  Object.assign($("map"), { width: truth.width, height: truth.height });
  $("map").getContext("2d").putImageData(map, 0, 0);
  const mean = (400 * sum) / truth.data.length;
  $("figures-of").textContent = `${picture.scores ? format(picture.scores) : ""}  mean error ${mean.toFixed(1)} % (of ${data.side} px thumbnails)`;
}

$("divide").addEventListener("input", () => $("stage").style.setProperty("--at", `${$("divide").value}%`));
$("error").addEventListener("click", () => {
  $("error").setAttribute("aria-pressed", $("error").getAttribute("aria-pressed") !== "true");
  openCompare(open.index, open.title);
});
$("reveal").addEventListener("click", () => {
  for (const picture of [shown[open.index].gt, pictures(shown[open.index]).get(open.title)]) reveal(picture);
  openCompare(open.index, open.title);
  $("divide").focus();
});
$("previous").addEventListener("click", () => openCompare(open.index - 1, open.title));
$("next").addEventListener("click", () => openCompare(open.index + 1, open.title));

fillFilters();
filter();
markScrollable();
