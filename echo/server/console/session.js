/**
 * The connection: its socket, its state and its counts.
 *
 * It does not use the page: it writes the log and calls a listener. The cost of a
 * message does not depend on the number of earlier messages.
 */
// @ts-check

import { utf8Length } from "./bytes.js";
import { Distribution, Unanswered, faultsOf } from "./roundtrips.js";

/** Bytes that may wait in the browser until the server reads them. */
export const maxBuffered = 32 * 1024 * 1024;

/** @typedef {"idle" | "connecting" | "open" | "closing" | "closed"} State */

/**
 * @typedef {object} Listener
 * @property {() => void} stateChanged
 * @property {() => void} logged The log has a new entry.
 * @property {(now: number, roundTrip: number) => void} measured
 */

/** One connection at a time. */
export class Session {
  /** @type {State} */
  state = "idle";
  /** The URL of the latest socket. */
  url = "";
  /** @type {CloseEvent | undefined} The end of the latest connection. */
  closeEvent;
  /**
   * An end that the CloseEvent does not show.
   *
   * @type {"" | "refused" | "cancelled" | "given up"}
   */
  outcome = "";
  /** Whether the page closed the connection. */
  closedByPage = false;
  sent = 0;
  received = 0;
  unanswered = new Unanswered();
  roundTrips = new Distribution();
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {number | undefined} */
  #opened;
  #log;
  #listener;

  /**
   * @param {import("./log.js").Log} log
   * @param {Listener} listener
   */
  constructor(log, listener) {
    this.#log = log;
    this.#listener = listener;
  }

  /**
   * Open a connection, and reset the counts.
   *
   * @param {string} url
   * @param {string[]} subprotocols
   * @throws {DOMException} The browser refuses the URL or a subprotocol.
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
    this.closeEvent = undefined;
    this.outcome = "";
    this.closedByPage = false;
    this.sent = 0;
    this.received = 0;
    this.unanswered = new Unanswered(faultsOf(this.url));
    this.roundTrips = new Distribution();
    this.#setState("connecting");
  }

  /**
   * @param {string | Uint8Array<ArrayBuffer>} payload
   * @returns {string | undefined} An error, if the payload cannot be sent.
   */
  send(payload) {
    const socket = this.#socket;
    if (!socket || this.state !== "open") return "Not connected.";
    if (socket.bufferedAmount + payload.length > maxBuffered) {
      return "The server reads too slowly: 32 MiB are waiting to be sent.";
    }
    const now = performance.now();
    socket.send(payload);
    this.sent++;
    const id = this.#logMessage("sent", payload, now);
    const waiting = this.unanswered.add(payload, id, now);
    const entry = this.#log.at(id);
    if (entry) entry.waiting = waiting;
    return undefined;
  }

  /**
   * @param {number} [code] Without it, the close frame is empty.
   * @param {string} [reason]
   * @throws {DOMException} The browser refuses the code or the reason.
   */
  close(code, reason) {
    this.#socket?.close(code, reason);
    if (this.state !== "open" && this.state !== "connecting") return;
    this.closedByPage = true;
    this.#setState("closing");
  }

  /** Stop waiting for the server's close frame. The browser goes on without the page. */
  giveUp() {
    const socket = this.#socket;
    if (!socket || this.state !== "closing") return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    this.#socket = undefined;
    this.outcome = "given up";
    this.note("close", "given up: the server has not answered the close");
    this.#setState("closed");
  }

  /**
   * Log an event.
   *
   * @param {"open" | "close" | "error" | "note"} type
   * @param {string} text
   * @param {CloseEvent} [close]
   */
  note(type, text, close) {
    this.#logEntry("event", type, text, performance.now(), undefined, close);
  }

  /** @param {number} duration Milliseconds of the handshake. */
  #open(duration) {
    const { protocol, extensions } = /** @type {WebSocket} */ (this.#socket);
    this.#opened = performance.now();
    const agreed = [protocol && `subprotocol ${protocol}`, extensions].filter(Boolean);
    this.note(
      "open",
      [`${this.url} in ${duration.toFixed(1)} ms`, ...agreed].join(", "),
    );
    this.#setState("open");
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    const now = performance.now();
    const payload = typeof data === "string" ? data : new Uint8Array(data);
    this.received++;
    const sent = this.unanswered.take(payload);
    if (!sent) {
      this.#logMessage("received", payload, now);
      return;
    }
    const roundTrip = now - sent.at;
    const sentEntry = this.#log.at(sent.id);
    if (sentEntry) {
      sentEntry.roundTrip = roundTrip;
      sentEntry.waiting = undefined;
    }
    this.roundTrips.add(roundTrip);
    this.#listener.measured(now, roundTrip);
    this.#logMessage("received", payload, now, roundTrip);
  }

  /** @param {CloseEvent} closeEvent */
  #end(closeEvent) {
    if (this.#opened === undefined) {
      this.outcome = this.state === "connecting" ? "refused" : "cancelled";
    }
    this.closeEvent = closeEvent;
    this.#socket = undefined;
    const { code, reason, wasClean } = closeEvent;
    const parts = [this.outcome, code, reason, `(${wasClean ? "clean" : "not clean"})`];
    if (this.outcome) parts.push(this.url);
    this.note("close", parts.filter(Boolean).join(" "), closeEvent);
    this.#setState("closed");
  }

  /** @param {State} state */
  #setState(state) {
    this.state = state;
    if (state === "closed") this.unanswered.end();
    this.#listener.stateChanged();
  }

  /**
   * @param {"sent" | "received"} direction
   * @param {string | Uint8Array<ArrayBuffer>} payload
   * @param {number} now
   * @param {number} [roundTrip]
   */
  #logMessage(direction, payload, now, roundTrip) {
    const type = typeof payload === "string" ? "text" : "binary";
    return this.#logEntry(direction, type, payload, now, roundTrip);
  }

  /**
   * @param {import("./log.js").Entry["direction"]} direction
   * @param {import("./log.js").Entry["type"]} type
   * @param {string | Uint8Array<ArrayBuffer>} payload
   * @param {number} now
   * @param {number} [roundTrip]
   * @param {CloseEvent} [close]
   */
  #logEntry(direction, type, payload, now, roundTrip, close) {
    const size = typeof payload === "string" ? utf8Length(payload) : payload.length;
    const since = this.#opened === undefined ? undefined : now - this.#opened;
    const time = performance.timeOrigin + now;
    this.#listener.logged();
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
