// A sheet of words: a break, the end, trouble.
import { byId, say, show } from "./screens.js";

const SETTLE_MS = 500;

export class Message {
  constructor() {
    this.title = null;
    byId("go-on").addEventListener("click", () => this.next());
  }

  // `title` and `text` by name; `next`: what the button does, if there is one. Comes back with null.
  tell(title, text, blanks = {}, next = null) {
    Object.assign(this, { title, text, blanks, next });
    this.write();
    show("message");
    // Not at once: a key that is still held down from the last vote would skip the break.
    if (next) setTimeout(() => byId("go-on").focus(), SETTLE_MS);
    return null;
  }

  write() {
    if (!this.title) return;
    byId("message-title").textContent = say(this.title, this.blanks);
    byId("message-text").textContent = say(this.text, this.blanks);
    byId("go-on").hidden = !this.next;
  }
}
