/**
 * What was said: a ring of entries, bounded in number and in bytes.
 *
 * Knows nothing of the page. To append is O(1), however much there is already.
 */
// @ts-check

import { cutText, toBase64 } from "./bytes.js";

/** Most entries; the oldest make room. */
export const mostEntries = 200_000;
/** Most bytes kept of one message. */
export const mostOfOne = 64 * 1024;
/** Most bytes kept of all messages; the oldest make room. */
export const mostOfAll = 64 * 1024 * 1024;

/**
 * @typedef {object} Entry
 * @property {number} time Milliseconds since 1970.
 * @property {number | undefined} since Milliseconds since the connection opened.
 * @property {"sent" | "received" | "event"} direction
 * @property {"text" | "binary" | "open" | "close" | "error" | "note"} type
 * @property {number} size Bytes of the whole message.
 * @property {string | Uint8Array<ArrayBuffer>} payload What is kept of it.
 * @property {number | undefined} roundTrip Milliseconds, once it is answered.
 * @property {import("./roundtrips.js").Queue | undefined} waiting Until it is.
 * @property {CloseEvent | undefined} close How the connection ended.
 */

/** Entries by number: from first, which rises as old ones go, up to end. */
export class Log {
  first = 0;
  end = 0;
  dropped = 0;
  #bytes = 0;
  /** @type {(Entry | undefined)[]} */
  #ring = [];

  /** How many there are. */
  get length() {
    return this.end - this.first;
  }

  /**
   * @param {number} id
   * @returns {Entry | undefined} Nothing if it is gone, or is still to come.
   */
  at(id) {
    return id >= this.first && id < this.end ? this.#ring[id % mostEntries] : undefined;
  }

  /**
   * @param {Entry} entry Its payload may be longer than what is kept.
   * @returns {number} Its number.
   */
  append(entry) {
    if (entry.size > mostOfOne) {
      entry.payload =
        typeof entry.payload === "string"
          ? cutText(entry.payload, mostOfOne)
          : entry.payload.slice(0, mostOfOne);
    }
    this.#bytes += Math.min(entry.size, mostOfOne);
    while (this.length === mostEntries || this.#bytes > mostOfAll) this.#drop();
    this.#ring[this.end % mostEntries] = entry;
    return this.end++;
  }

  /** Forget all of it. */
  clear() {
    this.#ring = [];
    this.#bytes = 0;
    this.dropped = 0;
    this.first = this.end;
  }

  #drop() {
    const at = this.first++ % mostEntries;
    this.#bytes -= Math.min(Number(this.#ring[at]?.size), mostOfOne);
    this.#ring[at] = undefined;
    this.dropped++;
  }

  /** @returns {Promise<Blob>} All of it as NDJSON: one object a line. */
  async save() {
    const pieces = [];
    const end = this.end;
    for (let id = this.first; id < end; id++) {
      const entry = this.at(id);
      if (entry) pieces.push(JSON.stringify(asRecord(entry)), "\n");
      // Not all at once: there may be much of it, and more arriving.
      if (id % 2000 === 0) await new Promise((go) => setTimeout(go));
    }
    return new Blob(pieces, { type: "application/x-ndjson" });
  }
}

/**
 * @param {Entry} entry
 * @returns {object} As it is saved.
 */
function asRecord({ time, direction, type, size, payload, roundTrip, close }) {
  const record = { time: new Date(time).toISOString(), direction, type };
  if (close) {
    const { code, reason, wasClean } = close;
    return { ...record, code, reason, wasClean };
  }
  const content =
    typeof payload === "string" ? { text: payload } : { data: toBase64(payload) };
  if (direction === "event") return { ...record, ...content };
  const cut = size > mostOfOne ? { cut: true } : {};
  const roundTripMs = roundTrip && Math.round(roundTrip * 1000) / 1000;
  return { ...record, size, roundTripMs, ...content, ...cut };
}
