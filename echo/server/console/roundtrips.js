/**
 * Round trips: which message is the answer to which, and how long they took.
 *
 * Knows nothing of the page. What comes back is matched with the oldest message
 * of the same type and content that is still unanswered. So whatever a server
 * says of its own accord has no round trip, and neither has a second copy.
 *
 * Where echoes may be lost, or doubled, nobody knows which of several messages of
 * the same content is answered: then these have no round trips.
 */
// @ts-check

import { latin1 } from "./bytes.js";

/** Most messages that are waited for; those sent beyond are not matched. */
export const mostWaiting = 100_000;
const exact = 256;

/**
 * @param {string | Uint8Array<ArrayBuffer>} payload
 * @returns {string} The same for the same type and content: a short message is
 *     its own key, a long one goes by its length and 64 bits of a hash.
 */
function keyOf(payload) {
  const isText = typeof payload === "string";
  if (payload.length <= exact) return isText ? `t${payload}` : `b${latin1(payload)}`;
  return `${isText ? "T" : "B"}${payload.length}:${isText ? hashText(payload) : hash(payload)}`;
}

/** @param {string} text */
function hashText(text) {
  let a = 1;
  let b = 2;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b + a, 0x2c1b3c6d) ^ (b >>> 15);
  }
  return `${a},${b}`;
}

/** @param {Uint8Array<ArrayBuffer>} bytes At the beginning of its buffer. */
function hash(bytes) {
  let a = 1;
  let b = 2;
  const words = new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
  for (const data of [words, bytes.subarray(words.length * 4)]) {
    for (let i = 0; i < data.length; i++) {
      a = Math.imul(a ^ data[i], 0x01000193) ^ (a >>> 17);
      b = Math.imul(b + a, 0x2c1b3c6d) ^ (b >>> 15);
    }
  }
  return `${a},${b}`;
}

/** What was there lately: the last so many, at least. */
class Lately {
  /** @type {Set<string>} */
  #newer = new Set();
  /** @type {Set<string>} */
  #older = new Set();

  /**
   * @param {string} key
   * @returns {boolean} Whether it was there already.
   */
  add(key) {
    const isKnown = this.#newer.has(key) || this.#older.has(key);
    this.#newer.add(key);
    if (this.#newer.size === mostWaiting) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    return isKnown;
  }
}

/**
 * @param {string} url
 * @returns {{loses: boolean, copies: boolean}} What it asks for.
 */
export function faultsOf(url) {
  const asked = new URL(url).searchParams;
  const is = (/** @type {string} */ name, /** @type {number} */ harmless) =>
    Number(asked.get(name) ?? harmless) !== harmless;
  return { loses: is("drop", 0), copies: is("dup", 0) || is("repeat", 1) };
}

/**
 * @typedef {object} Sent
 * @property {number} id Which entry of the log it is.
 * @property {number} at When it was sent.
 */

/**
 * @typedef {object} Queue Messages of the same content, from next on.
 * @property {Sent[]} sent
 * @property {number} next
 * @property {boolean} isVague Whether nobody knows which of them is answered.
 * @property {Unanswered} among
 */

/**
 * @param {Unanswered} among
 * @returns {Queue}
 */
function makeQueue(among) {
  return { sent: [], next: 0, isVague: false, among };
}

/** Messages that are waiting for their answer. */
export class Unanswered {
  /** How many; if it is not exact, at least. */
  count = 0;
  isExact = true;
  /** Whether it is too late for an answer. */
  isOver = false;
  #faults;
  /** @type {Lately | undefined} All that was sent, if that matters. */
  #lately;
  /** @type {Map<string, Queue>} */
  #queues = new Map();

  /** @param {{loses: boolean, copies: boolean}} [faults] */
  constructor(faults = { loses: false, copies: false }) {
    this.#faults = faults;
    if (faults.loses || faults.copies) this.#lately = new Lately();
  }

  /** Wait no longer. The log may still know it: let it be small. */
  end() {
    this.count = 0;
    this.isExact = true;
    this.isOver = true;
    this.#lately = undefined;
    this.#queues.clear();
  }

  /**
   * @param {string | Uint8Array<ArrayBuffer>} payload
   * @param {number} id
   * @param {number} at
   * @returns {Queue | undefined} Nothing if it is not waited for.
   */
  add(payload, id, at) {
    const key = keyOf(payload);
    const queue = this.#queues.get(key) ?? makeQueue(this);
    if (this.#lately && (this.#lately.add(key) || queue.sent.length > 0)) {
      queue.isVague = true;
      this.isExact &&= !this.#faults.copies;
    }
    if (this.count === mostWaiting) return undefined;
    this.count++;
    this.#queues.set(key, queue);
    queue.sent.push({ id, at });
    return queue;
  }

  /**
   * @param {string | Uint8Array<ArrayBuffer>} payload
   * @returns {Sent | undefined} The message that this one answers, if that is known.
   */
  take(payload) {
    if (this.count === 0) return undefined;
    const key = keyOf(payload);
    const queue = this.#queues.get(key);
    if (!queue) return undefined;
    this.count--;
    const sent = queue.sent[queue.next++];
    if (queue.next === queue.sent.length) {
      this.#queues.delete(key);
    } else if (queue.next === 1024) {
      queue.sent.splice(0, queue.next);
      queue.next = 0;
    }
    return queue.isVague ? undefined : sent;
  }
}

const shortest = 0.001;
const step = Math.log(1.005);

/** How long they took: a histogram with an error of a quarter of a percent. */
export class Distribution {
  count = 0;
  min = Infinity;
  max = 0;
  // Up to an hour.
  #counts = new Uint32Array(4500);

  /** @param {number} value Milliseconds. */
  add(value) {
    this.count++;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    const at = Math.round(Math.log(Math.max(value, shortest) / shortest) / step);
    this.#counts[Math.min(at, this.#counts.length - 1)]++;
  }

  /**
   * @param {number} fraction 0.5 for the median.
   * @returns {number} What so many of the values do not exceed.
   */
  quantile(fraction) {
    let left = Math.ceil(this.count * fraction);
    const at = this.#counts.findIndex((count) => (left -= count) <= 0);
    return Math.min(Math.max(shortest * Math.exp(at * step), this.min), this.max);
  }
}
