// Which part of the page is seen, and its words in the viewer's language.

const texts = JSON.parse(document.getElementById("texts").textContent);
const SECTIONS = ["consent", "instructions", "rate", "message"];
const KEPT = "cmc-rate language";
let language = null;
let onChange = () => {};

export const byId = (id) => document.getElementById(id);

// The text `name` with its blanks filled in.
export function say(name, blanks = {}) {
  return texts[language][name].replace(/\{(\w+)\}/g, (_, blank) => blanks[blank]);
}

export function currentLanguage() {
  return language;
}

export function kept(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

export function keep(key, value) {
  try { localStorage.setItem(key, value); return true; } catch { return false; }
}

function choose(wanted) {
  language = wanted;
  document.documentElement.lang = wanted;
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const button of byId("languages").children) button.ariaPressed = String(button.lang === wanted);
  onChange();
}

// Buttons of all languages; `changed` is called whenever another is chosen.
export function startLanguages(changed) {
  onChange = changed;
  for (const name of Object.keys(texts)) {
    const button = document.createElement("button");
    Object.assign(button, { lang: name, textContent: texts[name].language });
    button.addEventListener("click", () => { keep(KEPT, name); choose(name); });
    byId("languages").append(button);
  }
  const wanted = [kept(KEPT), ...navigator.languages.map((one) => one.slice(0, 2)), "en", Object.keys(texts)[0]];
  choose(wanted.find((one) => one in texts));
}

export function show(section) {
  for (const name of SECTIONS) byId(name).hidden = name !== section;
  byId("languages").hidden = section === "rate";
  byId(section).querySelector("h1")?.focus();
}

export const isShown = (section) => !byId(section).hidden;
