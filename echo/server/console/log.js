/**
 * The log: a ring of entries with limits for their number and their bytes.
 *
 * It does not use the page. Appending is O(1).
 */
// @ts-check

import { cutText, toBase64 } from "./bytes.js";

/** Entries at most: the oldest are dropped. */
export const maxEntries = 200_000;
/** Bytes of one message at most: the rest is cut. */
export const maxEntryBytes = 64 * 1024;
/** Bytes of all messages at most: the oldest are dropped. */
export const maxLogBytes = 64 * 1024 * 1024;

/**
 * @typedef {object} Entry
 * @property {1 | 2} connection
 * @property {number} time Milliseconds since 1970.
 * @property {number | undefined} since Milliseconds since the connection opened.
 * @property {"sent" | "received" | "event"} direction
 * @property {"text" | "binary" | "open" | "close" | "error" | "note"} type
 * @property {number} size Bytes of the whole message.
 * @property {string | Uint8Array<ArrayBuffer>} payload Without what is cut.
 * @property {number | undefined} roundTrip Milliseconds, once the echo has arrived.
 * @property {import("./roundtrips.js").Queue | undefined} waiting Until then.
 * @property {CloseEvent | undefined} close The end of the connection.
 */

/** Entries by number, from first up to end. first rises when an entry is dropped. */
export class Log {
  first = 0;
  end = 0;
  dropped = 0;
  #bytes = 0;
  /** @type {(Entry | undefined)[]} */
  #ring = [];

  /** The number of entries. */
  get length() {
    return this.end - this.first;
  }

  /**
   * @param {number} id
   * @returns {Entry | undefined} Undefined if it is dropped or does not exist yet.
   */
  at(id) {
    return id >= this.first && id < this.end ? this.#ring[id % maxEntries] : undefined;
  }

  /**
   * @param {Entry} entry Its payload is cut, if it is too long.
   * @returns {number} Its number.
   */
  append(entry) {
    if (entry.size > maxEntryBytes) {
      entry.payload =
        typeof entry.payload === "string"
          ? cutText(entry.payload, maxEntryBytes)
          : entry.payload.slice(0, maxEntryBytes);
    }
    this.#bytes += Math.min(entry.size, maxEntryBytes);
    while (this.length === maxEntries || this.#bytes > maxLogBytes) this.#drop();
    this.#ring[this.end % maxEntries] = entry;
    return this.end++;
  }

  /** Drop all entries. */
  clear() {
    this.#ring = [];
    this.#bytes = 0;
    this.dropped = 0;
    this.first = this.end;
  }

  #drop() {
    const at = this.first++ % maxEntries;
    this.#bytes -= Math.min(Number(this.#ring[at]?.size), maxEntryBytes);
    this.#ring[at] = undefined;
    this.dropped++;
  }

  /** @returns {Promise<Blob>} The log as NDJSON: one object a line. */
  async save() {
    const pieces = [];
    const end = this.end;
    for (let id = this.first; id < end; id++) {
      const entry = this.at(id);
      if (entry) pieces.push(JSON.stringify(asRecord(entry)), "\n");
      // Messages may arrive meanwhile: let the browser handle them.
      if (id % 2000 === 0) await new Promise((go) => setTimeout(go));
    }
    return new Blob(pieces, { type: "application/x-ndjson" });
  }
}

/**
 * @param {Entry} entry
 * @returns {object} The saved form.
 */
function asRecord(entry) {
  const { connection, time, direction, type, size, payload, roundTrip, close } = entry;
  const second = connection === 2 ? { connection } : {};
  const record = { time: new Date(time).toISOString(), ...second, direction, type };
  if (close) {
    const { code, reason, wasClean } = close;
    return { ...record, code, reason, wasClean };
  }
  const content =
    typeof payload === "string" ? { text: payload } : { data: toBase64(payload) };
  if (direction === "event") return { ...record, ...content };
  const cut = size > maxEntryBytes ? { cut: true } : {};
  const roundTripMs = roundTrip && Math.round(roundTrip * 1000) / 1000;
  return { ...record, size, roundTripMs, ...content, ...cut };
}
