/**
 * Which entries of the log are shown: those that match the filter, in order.
 *
 * Knows nothing of the page. Old entries and new ones are looked at by the same
 * scan, for a few milliseconds at a time, however many there are.
 */
// @ts-check

import { hexPattern, invisible, latin1 } from "./bytes.js";

const betweenLooks = 256;

/** The numbers of the entries that match. */
export class Matches {
  /** Whether new entries stay unseen. */
  #pausedAt = Infinity;
  /** @type {number[]} */
  #ids = [];
  #head = 0;
  #next = 0;
  #log;
  /** @type {(entry: import("./log.js").Entry) => boolean} */
  #accepts = () => true;

  #show = "all";
  #search = "";

  /** @param {import("./log.js").Log} log */
  constructor(log) {
    this.#log = log;
  }

  /** How many there are. */
  get length() {
    return this.#ids.length - this.#head;
  }

  /** How many entries wait until it goes on. */
  get waiting() {
    return Math.max(0, this.#log.end - Math.max(this.#pausedAt, this.#log.first));
  }

  /** Whether all that is to be looked at has been. */
  get isComplete() {
    return this.#next >= Math.min(this.#log.end, this.#pausedAt);
  }

  /**
   * @param {number} index
   * @returns {number | undefined} The number of an entry.
   */
  at(index) {
    return index < 0 ? undefined : this.#ids[this.#head + index];
  }

  /**
   * @param {number} id
   * @returns {number} Where it is, or would be.
   */
  indexOf(id) {
    let low = this.#head;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ids[middle] < id) low = middle + 1;
      else high = middle;
    }
    return low - this.#head;
  }

  /** @param {boolean} paused Whether new entries stay unseen from now on. */
  pause(paused) {
    this.#pausedAt = paused ? this.#log.end : Infinity;
  }

  /**
   * Begin again, if it is another filter.
   *
   * @param {string} show "all", "sent", "received" or "events".
   * @param {string} search Part of a payload, in any case; or bytes in hex.
   * @returns {boolean} Whether it is.
   */
  filter(show, search) {
    if (show === this.#show && search === this.#search) return false;
    this.#show = show;
    this.#search = search;
    const direction = show === "events" ? "event" : show;
    const holds = search ? searcher(search) : () => true;
    this.#accepts = (entry) =>
      (direction === "all" || entry.direction === direction) && holds(entry.payload);
    this.#ids = [];
    this.#head = 0;
    this.#next = this.#log.first;
    return true;
  }

  /**
   * Look at what has not been looked at yet, and forget what is gone.
   *
   * @param {number} budget Milliseconds that it may take.
   * @returns {number} How many went from the beginning.
   */
  advance(budget) {
    const head = this.#head;
    while (this.#ids[this.#head] < this.#log.first) this.#head++;
    const gone = this.#head - head;
    if (this.#head > 65536 && this.#head > this.#ids.length / 2) {
      this.#ids.splice(0, this.#head);
      this.#head = 0;
    }
    this.#next = Math.max(this.#next, this.#log.first);
    const until = performance.now() + budget;
    const end = Math.min(this.#log.end, this.#pausedAt);
    while (this.#next < end) {
      const entry = this.#log.at(this.#next);
      if (entry && this.#accepts(entry)) this.#ids.push(this.#next);
      if (++this.#next % betweenLooks === 0 && performance.now() > until) break;
    }
    return gone;
  }
}

/**
 * @param {string} search
 * @returns {(payload: string | Uint8Array) => boolean}
 */
function searcher(search) {
  const texts = [...new Set([search, invisible(search)])].map((text) =>
    text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"),
  );
  const pattern = new RegExp(texts.join("|"), "i");
  const bytes = hexPattern(search);
  return (payload) => {
    if (typeof payload === "string") return pattern.test(payload);
    const text = latin1(payload);
    return pattern.test(text) || Boolean(bytes?.test(text));
  };
}
