/**
 * Round trips: which received message is the echo of which sent one, and how long it
 * took.
 *
 * It does not use the page. A received message is matched with the oldest unanswered
 * message of the same type and content. So unsolicited messages and second copies
 * have no round trip.
 *
 * Where the server drops or duplicates echoes, an echo may belong to any of several
 * messages with the same content: they have no round trip.
 */
// @ts-check

import { latin1 } from "./bytes.js";

/** Messages that wait for an echo at most. Further messages are not matched. */
export const maxWaiting = 100_000;
const maxPlainKey = 256;

/**
 * @param {string | Uint8Array<ArrayBuffer>} payload
 * @returns {string} A key for type and content: a short message itself, or the length
 *     of a long one and 64 bits of a hash.
 */
function keyOf(payload) {
  const isText = typeof payload === "string";
  if (payload.length <= maxPlainKey)
    return isText ? `t${payload}` : `b${latin1(payload)}`;
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

/** @param {Uint8Array<ArrayBuffer>} bytes At offset 0 of its buffer. */
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

/** The latest keys: maxWaiting of them at least. */
class RecentKeys {
  /** @type {Set<string>} */
  #newer = new Set();
  /** @type {Set<string>} */
  #older = new Set();

  /**
   * @param {string} key
   * @returns {boolean} Whether it was added before.
   */
  add(key) {
    const isKnown = this.#newer.has(key) || this.#older.has(key);
    this.#newer.add(key);
    if (this.#newer.size === maxWaiting) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    return isKnown;
  }
}

/**
 * @param {string} url
 * @returns {{loses: boolean, copies: boolean}} The requested faults.
 */
export function faultsOf(url) {
  const requested = new URL(url).searchParams;
  const is = (/** @type {string} */ name, /** @type {number} */ harmless) =>
    Number(requested.get(name) ?? harmless) !== harmless;
  return { loses: is("drop", 0), copies: is("dup", 0) || is("repeat", 1) };
}

/**
 * @typedef {object} Sent
 * @property {number} id The entry of the log.
 * @property {number} at The time of sending.
 */

/**
 * @typedef {object} Queue Messages of the same content.
 * @property {Sent[]} sent
 * @property {number} next The oldest unanswered one.
 * @property {boolean} isAmbiguous Whether an echo may belong to any of them.
 * @property {Unanswered} owner
 */

/**
 * @param {Unanswered} owner
 * @returns {Queue}
 */
function makeQueue(owner) {
  return { sent: [], next: 0, isAmbiguous: false, owner };
}

/** Messages that wait for their echo. */
export class Unanswered {
  /** Their number; a minimum if isExact is false. */
  count = 0;
  isExact = true;
  /** Whether the connection has ended. */
  hasEnded = false;
  #faults;
  /** @type {RecentKeys | undefined} Sent messages, if the server has faults. */
  #recent;
  /** @type {Map<string, Queue>} */
  #queues = new Map();

  /** @param {{loses: boolean, copies: boolean}} [faults] */
  constructor(faults = { loses: false, copies: false }) {
    this.#faults = faults;
    if (faults.loses || faults.copies) this.#recent = new RecentKeys();
  }

  /** Stop waiting, and free the memory: the log keeps a reference to this object. */
  end() {
    this.count = 0;
    this.isExact = true;
    this.hasEnded = true;
    this.#recent = undefined;
    this.#queues.clear();
  }

  /**
   * @param {string | Uint8Array<ArrayBuffer>} payload
   * @param {number} id
   * @param {number} at
   * @returns {Queue | undefined} Undefined if too many messages wait.
   */
  add(payload, id, at) {
    const key = keyOf(payload);
    const queue = this.#queues.get(key) ?? makeQueue(this);
    if (this.#recent && (this.#recent.add(key) || queue.sent.length > 0)) {
      queue.isAmbiguous = true;
      this.isExact &&= !this.#faults.copies;
    }
    if (this.count === maxWaiting) return undefined;
    this.count++;
    this.#queues.set(key, queue);
    queue.sent.push({ id, at });
    return queue;
  }

  /**
   * @param {string | Uint8Array<ArrayBuffer>} payload
   * @returns {Sent | undefined} The message that this one echoes, if it is known.
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
    return queue.isAmbiguous ? undefined : sent;
  }
}

const minimum = 0.001;
const step = Math.log(1.005);

/** Percentiles of fewer round trips say little. */
export const minPercentiles = 100;

/** A histogram of round trips, with an error of a quarter of a percent. */
export class Distribution {
  count = 0;
  min = Infinity;
  max = 0;
  sum = 0;
  // Up to one hour.
  #counts = new Uint32Array(4500);

  /** @param {number} value Milliseconds. */
  add(value) {
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    const at = Math.round(Math.log(Math.max(value, minimum) / minimum) / step);
    this.#counts[Math.min(at, this.#counts.length - 1)]++;
  }

  /**
   * @param {number} fraction 0.5 for the median.
   * @returns {number} The value that this fraction of the values does not exceed.
   */
  quantile(fraction) {
    let left = Math.ceil(this.count * fraction);
    const at = this.#counts.findIndex((count) => (left -= count) <= 0);
    return Math.min(Math.max(minimum * Math.exp(at * step), this.min), this.max);
  }
}
