/**
 * The entries of the log that match the filter, in order.
 *
 * It does not use the page. One scan covers old and new entries. It runs for a few
 * milliseconds at a time.
 */
// @ts-check

import { hexPattern, latin1, unescaped } from "./bytes.js";

const clockInterval = 256;

/** The numbers of the matching entries. */
export class Matches {
  /** The first entry that the pause hides. */
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

  /** The number of matches. */
  get length() {
    return this.#ids.length - this.#head;
  }

  /** The number of entries that the pause hides. */
  get waiting() {
    return Math.max(0, this.#log.end - Math.max(this.#pausedAt, this.#log.first));
  }

  /** Whether the scan has reached the end. */
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
   * @returns {number} The index of the entry, or where it would be inserted.
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

  /** @param {boolean} paused Whether to hide new entries. */
  pause(paused) {
    this.#pausedAt = paused ? this.#log.end : Infinity;
  }

  /**
   * Set the filter, and restart the scan if it is new.
   *
   * @param {string} show "all", "sent", "received" or "events".
   * @param {string} search Part of a payload, ignoring case; or bytes in hex.
   * @returns {boolean} Whether the filter is new.
   */
  filter(show, search) {
    if (show === this.#show && search === this.#search) return false;
    this.#show = show;
    this.#search = search;
    const direction = show === "events" ? "event" : show;
    const contains = search ? makeSearch(search) : () => true;
    this.#accepts = (entry) =>
      (direction === "all" || entry.direction === direction) && contains(entry.payload);
    this.#ids = [];
    this.#head = 0;
    this.#next = this.#log.first;
    return true;
  }

  /**
   * Continue the scan, and remove dropped entries.
   *
   * @param {number} budget Milliseconds of the scan at most.
   * @returns {number} The number of removed entries.
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
      if (++this.#next % clockInterval === 0 && performance.now() > until) break;
    }
    return gone;
  }
}

/**
 * @param {string} search
 * @returns {(payload: string | Uint8Array) => boolean}
 */
function makeSearch(search) {
  const texts = [...new Set([search, unescaped(search)])].map((text) =>
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
