/**
 * One conversation after the other: the socket, and what is counted of it.
 *
 * Knows nothing of the page: it writes the log and says when the state changes.
 * A message costs the same however many there were before.
 */
// @ts-check

import { utf8Length } from "./bytes.js";
import { Distribution, Unanswered, faultsOf } from "./roundtrips.js";

/** Most bytes that may wait in the browser until the server takes them. */
export const mostBuffered = 32 * 1024 * 1024;

/** @typedef {"idle" | "connecting" | "open" | "closing" | "closed"} State */

/**
 * @typedef {object} Told Who is told of it.
 * @property {() => void} changed The state is another one.
 * @property {() => void} happened The log is longer.
 * @property {(now: number, roundTrip: number) => void} measured
 */

/** What is said on one socket at a time. */
export class Session {
  /** @type {State} */
  state = "idle";
  /** Of the last socket. */
  url = "";
  /** @type {CloseEvent | undefined} How the last conversation ended. */
  ending;
  /**
   * What the browser does not say of the end.
   *
   * @type {"" | "refused" | "cancelled" | "given up"}
   */
  fate = "";
  /** Whether the end was our own doing. */
  isOurs = false;
  sent = 0;
  received = 0;
  unanswered = new Unanswered();
  roundTrips = new Distribution();
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {number | undefined} */
  #opened;
  #log;
  #told;

  /**
   * @param {import("./log.js").Log} log
   * @param {Told} told
   */
  constructor(log, told) {
    this.#log = log;
    this.#told = told;
  }

  /**
   * Begin a conversation, and count from nothing.
   *
   * @param {string} url
   * @param {string[]} subprotocols
   * @throws {DOMException} The browser refuses to try.
   */
  connect(url, subprotocols) {
    const socket = new WebSocket(url, subprotocols);
    const began = performance.now();
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#open(performance.now() - began);
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#end(event);
    this.#socket = socket;
    this.#opened = undefined;
    this.url = socket.url;
    this.ending = undefined;
    this.fate = "";
    this.isOurs = false;
    this.sent = 0;
    this.received = 0;
    this.unanswered = new Unanswered(faultsOf(this.url));
    this.roundTrips = new Distribution();
    this.#become("connecting");
  }

  /**
   * @param {string | Uint8Array<ArrayBuffer>} payload
   * @returns {string | undefined} Why not, if it cannot be sent.
   */
  send(payload) {
    const socket = this.#socket;
    if (!socket || this.state !== "open") return "Not connected.";
    if (socket.bufferedAmount + payload.length > mostBuffered) {
      return "The server reads too slowly: 32 MiB are waiting to be sent.";
    }
    const now = performance.now();
    socket.send(payload);
    this.sent++;
    const id = this.#message("sent", payload, now);
    const waiting = this.unanswered.add(payload, id, now);
    const entry = this.#log.at(id);
    if (entry) entry.waiting = waiting;
    return undefined;
  }

  /**
   * @param {number} [code] None: a close frame without one.
   * @param {string} [reason]
   * @throws {DOMException} The browser refuses to send these.
   */
  close(code, reason) {
    this.#socket?.close(code, reason);
    if (this.state !== "open" && this.state !== "connecting") return;
    this.isOurs = true;
    this.#become("closing");
  }

  /** Wait no longer for the answer to the close: the browser may do so, unheard. */
  giveUp() {
    const socket = this.#socket;
    if (!socket || this.state !== "closing") return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    this.#socket = undefined;
    this.fate = "given up";
    this.note("close", "given up: the server has not answered the close");
    this.#become("closed");
  }

  /**
   * Write down what is not a message.
   *
   * @param {"open" | "close" | "error" | "note"} type
   * @param {string} text
   * @param {CloseEvent} [close]
   */
  note(type, text, close) {
    this.#append("event", type, text, performance.now(), undefined, close);
  }

  /** @param {number} took */
  #open(took) {
    const { protocol, extensions } = /** @type {WebSocket} */ (this.#socket);
    this.#opened = performance.now();
    const terms = [protocol && `subprotocol ${protocol}`, extensions].filter(Boolean);
    this.note("open", [`${this.url} in ${took.toFixed(1)} ms`, ...terms].join(", "));
    this.#become("open");
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    const now = performance.now();
    const payload = typeof data === "string" ? data : new Uint8Array(data);
    this.received++;
    const sent = this.unanswered.take(payload);
    if (!sent) {
      this.#message("received", payload, now);
      return;
    }
    const roundTrip = now - sent.at;
    const question = this.#log.at(sent.id);
    if (question) {
      question.roundTrip = roundTrip;
      question.waiting = undefined;
    }
    this.roundTrips.add(roundTrip);
    this.#told.measured(now, roundTrip);
    this.#message("received", payload, now, roundTrip);
  }

  /** @param {CloseEvent} ending */
  #end(ending) {
    if (this.#opened === undefined) {
      this.fate = this.state === "connecting" ? "refused" : "cancelled";
    }
    this.ending = ending;
    this.#socket = undefined;
    const { code, reason, wasClean } = ending;
    const parts = [this.fate, code, reason, `(${wasClean ? "clean" : "not clean"})`];
    if (this.fate) parts.push(this.url);
    this.note("close", parts.filter(Boolean).join(" "), ending);
    this.#become("closed");
  }

  /** @param {State} state */
  #become(state) {
    this.state = state;
    if (state === "closed") this.unanswered.end();
    this.#told.changed();
  }

  /**
   * @param {"sent" | "received"} direction
   * @param {string | Uint8Array<ArrayBuffer>} payload
   * @param {number} now
   * @param {number} [roundTrip]
   */
  #message(direction, payload, now, roundTrip) {
    const type = typeof payload === "string" ? "text" : "binary";
    return this.#append(direction, type, payload, now, roundTrip);
  }

  /**
   * @param {import("./log.js").Entry["direction"]} direction
   * @param {import("./log.js").Entry["type"]} type
   * @param {string | Uint8Array<ArrayBuffer>} payload
   * @param {number} now
   * @param {number} [roundTrip]
   * @param {CloseEvent} [close]
   */
  #append(direction, type, payload, now, roundTrip, close) {
    const size = typeof payload === "string" ? utf8Length(payload) : payload.length;
    const since = this.#opened === undefined ? undefined : now - this.#opened;
    const time = performance.timeOrigin + now;
    this.#told.happened();
    return this.#log.append({
      time,
      since,
      direction,
      type,
      size,
      payload,
      roundTrip,
      waiting: undefined,
      close,
    });
  }
}
