// Ballots on their way: each is kept on this machine until the server has said that it is on disk there.
import { keep, kept } from "./screens.js";

const RETRY_MS = 2000;
const TIMEOUT_MS = 15000;
// No ballot, or one out of turn (cmc/raters/app.py).
const REFUSALS = [400, 409];

// 32 hexadecimal digits; not randomUUID, which browsers have on encrypted pages alone.
export function newIdentifier() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Ballots {
  // `viewer`: whose; heard.refused(reason) and heard.changed(waiting, online) are told what becomes of them.
  constructor(viewer, heard) {
    this.prefix = `cmc-rate ${viewer} `;
    this.heard = heard;
    this.memory = new Map();
    this.sending = null;
    addEventListener("online", () => this.send());
  }

  // Keys in the order in which they were cast, by the time in them.
  keys() {
    const stored = [];
    try {
      for (let at = 0; at < localStorage.length; at++) stored.push(localStorage.key(at));
    } catch { /* none can be kept: those in memory are all there are */ }
    return [...stored.filter((key) => key.startsWith(this.prefix)), ...this.memory.keys()].sort();
  }

  get waiting() {
    return this.keys().length;
  }

  // The places of those that wait.
  get places() {
    return this.keys().map((key) => JSON.parse(this.read(key)).place);
  }

  read(key) {
    return this.memory.get(key) ?? kept(key);
  }

  cast(ballot) {
    const key = `${this.prefix}${String(Date.now()).padStart(15, "0")} ${ballot.id}`;
    const text = JSON.stringify(ballot);
    if (!keep(key, text)) this.memory.set(key, text);
    return this.send();
  }

  // Send all that wait, one after the other; comes back when none is left, or the first has failed and is tried later.
  send() {
    this.sending ??= this.drain().finally(() => { this.sending = null; });
    return this.sending;
  }

  async drain() {
    clearTimeout(this.timer);
    for (let [key] = this.keys(); key; [key] = this.keys()) {
      const refusal = await this.post(this.read(key));
      if (refusal === null) {
        this.timer = setTimeout(() => this.send(), RETRY_MS);
        return this.heard.changed(this.waiting, false);
      }
      this.memory.delete(key);
      try { localStorage.removeItem(key); } catch { /* it was in memory */ }
      if (refusal) await this.heard.refused(refusal);
    }
    return this.heard.changed(0, true);
  }

  // "" for a ballot that is on disk, the reason for one that the study refuses, null for one that is to be sent again:
  // whatever else answers, a proxy in between for one, is not believed.
  async post(text) {
    try {
      const answer = await fetch("ballots", { method: "POST", body: text, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (answer.ok) return "";
      return REFUSALS.includes(answer.status) ? (await answer.text()).trim() : null;
    } catch {
      return null;
    }
  }
}
