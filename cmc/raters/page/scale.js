// A scale from 0 to 5 without a score until the viewer gives one, so that none is suggested.
import { byId, say } from "./screens.js";

const TYPING_MS = 1500;

export class Scale {
  constructor(name, step, changed) {
    this.box = byId(name);
    this.range = this.box.querySelector("input");
    this.output = this.box.querySelector("output");
    this.range.step = this.step = step;
    this.digits = Number.isInteger(step) ? 0 : 1;
    this.changed = changed;
    // A press on the very middle moves nothing, and is a score all the same.
    for (const event of ["input", "pointerup"]) this.range.addEventListener(event, () => this.set(this.range.valueAsNumber));
    this.clear();
  }

  get score() {
    return this.box.classList.contains("unset") ? null : this.range.valueAsNumber;
  }

  get focused() {
    return document.activeElement === this.range;
  }

  focus() {
    this.range.focus({ preventScroll: true });
  }

  clear() {
    this.typed = null;
    this.range.value = 2.5;
    this.box.classList.add("unset");
    this.describe();
  }

  set(score) {
    this.range.value = score;
    this.box.classList.remove("unset");
    this.describe();
    this.changed();
  }

  describe() {
    const text = this.score === null ? "–" : this.score.toFixed(this.digits);
    this.output.textContent = text;
    this.range.setAttribute("aria-valuetext", this.score === null ? say("unrated") : text);
  }

  // A digit of a score that is typed: "3", "7" is 3.7; false where no score has that digit there.
  type(digit) {
    const now = performance.now();
    const first = this.typed && now - this.typed.at < TYPING_MS ? this.typed.digit : null;
    const tenths = first === null ? NaN : first * 10 + digit;
    const steps = tenths / (this.step * 10);
    if (tenths <= 50 && Math.abs(steps - Math.round(steps)) < 1e-9) {
      this.typed = null;
      this.set(tenths / 10);
      return true;
    }
    if (digit > 5 || (digit / this.step) % 1 > 1e-9) return false;
    this.typed = { digit, at: now };
    this.set(digit);
    return true;
  }
}
