// How long a pair is looked at. Time in which the page is hidden, or something else is shown, is none of it.

// Votes by which a viewer's pace is judged, and how many it takes.
const LATEST = 20;
const FEWEST = 5;

export class Looking {
  constructor() {
    this.times = [];
    this.restart();
  }

  restart() {
    this.since = null;
    this.before = 0;
  }

  start() {
    if (!document.hidden) this.since ??= performance.now();
  }

  stop() {
    if (this.since !== null) this.before += performance.now() - this.since;
    this.since = null;
  }

  // Milliseconds that the pair was in sight.
  finish() {
    this.stop();
    this.times.push(this.before);
    return this.before;
  }

  // Milliseconds of a pair: the median of the latest, or what is expected of all until there are some.
  pace(expected) {
    const latest = this.times.slice(-LATEST).sort((a, b) => a - b);
    return latest.length < FEWEST ? expected : latest[latest.length >> 1];
  }
}
