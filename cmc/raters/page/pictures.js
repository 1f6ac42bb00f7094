// Pairs of pictures, fetched and decoded before they are needed, and shown at their own pixels.
import { byId } from "./screens.js";

const SIDES = ["reconstruction", "reference"];
const RETRY_MS = 1000;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

async function fetched(url) {
  for (;;) {
    const image = new Image();
    image.src = url;
    try { await image.decode(); return image; } catch { await wait(RETRY_MS); }
  }
}

export class Pictures {
  constructor() {
    this.pairs = new Map();
    this.current = null;
    new ResizeObserver(() => this.fit()).observe(byId("pair"));
    this.watchRatio();
  }

  // On another screen a window may keep its size and have other pixels.
  watchRatio() {
    const change = () => { this.fit(); this.watchRatio(); };
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", change, { once: true });
  }

  // The pair at a place: a promise of its two images.
  pair(place) {
    if (!this.pairs.has(place)) {
      this.pairs.set(place, Promise.all(SIDES.map((side) => fetched(`picture/${place}/${side}`))));
    }
    return this.pairs.get(place);
  }

  // Have the pairs from `start` up to `stop` on their way, and let go of those long past.
  prepare(start, stop) {
    for (let place = start; place < stop; place++) this.pair(place);
    for (const place of this.pairs.keys()) if (place < start - 2) this.pairs.delete(place);
  }

  clear() {
    this.current = null;
    for (const side of SIDES) byId(side).replaceChildren();
  }

  show(images, names) {
    this.current = images;
    SIDES.forEach((side, at) => {
      images[at].alt = names[at];
      byId(side).replaceChildren(images[at]);
    });
    this.fit();
  }

  // A pixel of the picture is one of the screen, whatever the zoom, unless the window is too small.
  fit() {
    if (!this.current) return;
    const [width, height] = this.size;
    const [roomAcross, roomDown] = this.room;
    const scale = Math.min(1 / devicePixelRatio, roomAcross / width, roomDown / height);
    for (const image of this.current) {
      image.style.width = `${image.naturalWidth * scale}px`;
      image.style.height = `${image.naturalHeight * scale}px`;
    }
    this.shown = scale * devicePixelRatio;
    this.fitted?.();
  }

  get size() {
    return ["naturalWidth", "naturalHeight"].map((side) => Math.max(...this.current.map((image) => image[side])));
  }

  // What there is for one picture, in CSS pixels: its half of the page, less its caption.
  get room() {
    const figure = byId(SIDES[0]).parentElement;
    return [figure.clientWidth, figure.clientHeight - figure.querySelector("figcaption").offsetHeight];
  }

  // The window, in CSS pixels, that would hold the pair at its own pixels.
  get needed() {
    const [width, height] = this.size.map((side) => side / devicePixelRatio);
    const [roomAcross, roomDown] = this.room;
    return [Math.ceil(innerWidth + 2 * (width - roomAcross)), Math.ceil(innerHeight + height - roomDown)];
  }
}
