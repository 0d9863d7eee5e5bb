/**
 * The connection: its socket, its state and its counts.
 *
 * It does not use the page: it writes the log and calls a listener. The cost of a
 * message does not depend on the number of earlier messages. Two of them compare two
 * ways to a server.
 */
// @ts-check

import { utf8Length } from "./bytes.js";
import { Reconnect, describeOutage } from "./reconnect.js";
import { Distribution, Unanswered, faultsOf } from "./roundtrips.js";

/** The error of a message without a connection. */
export const notConnected = "Not connected.";
/** Bytes that may wait in the browser until the server reads them. */
export const maxBuffered = 32 * 1024 * 1024;

/**
 * @typedef {"idle" | "connecting" | "open" | "closing" | "waiting" | "closed"} State
 *     "waiting": for the next attempt to connect again.
 */

/**
 * @typedef {object} Listener
 * @property {() => void} stateChanged
 * @property {() => void} logged The log has a new entry.
 * @property {(now: number, roundTrip: number) => void} measured
 * @property {(outage: import("./reconnect.js").Outage) => void} lost
 *     An outage has begun.
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
  /** Whether the open connection follows an outage. */
  isReopened = false;
  sent = 0;
  received = 0;
  /** Messages without an echo at the end of their connection; a minimum if isLostExact
   * is false. */
  lost = 0;
  isLostExact = true;
  unanswered = new Unanswered();
  roundTrips = new Distribution();
  reconnect = new Reconnect(() => this.#dial());
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {string[]} */
  #subprotocols = [];
  /** @type {number | undefined} */
  #opened;
  #log;
  #listener;
  #connection;

  /**
   * @param {import("./log.js").Log} log
   * @param {Listener} listener
   * @param {1 | 2} connection Its number in the log.
   */
  constructor(log, listener, connection) {
    this.#log = log;
    this.#listener = listener;
    this.#connection = connection;
  }

  /** Whether there is no connection, and none is being opened. */
  get isEnded() {
    return this.state === "idle" || this.state === "closed";
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
    this.reconnect.end();
    this.url = socket.url;
    this.#subprotocols = subprotocols;
    this.closeEvent = undefined;
    this.outcome = "";
    this.closedByPage = false;
    this.sent = 0;
    this.received = 0;
    this.lost = 0;
    this.isLostExact = true;
    this.roundTrips = new Distribution();
    this.#dial(socket);
  }

  #dial(socket = new WebSocket(this.url, this.#subprotocols)) {
    const began = performance.now();
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#open(performance.now() - began);
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#end(event);
    this.#socket = socket;
    this.#opened = undefined;
    this.unanswered = new Unanswered(faultsOf(this.url));
    this.#setState("connecting");
  }

  /**
   * @param {string | Uint8Array<ArrayBuffer>} payload
   * @returns {string | undefined} An error, if the payload cannot be sent.
   */
  send(payload) {
    const socket = this.#socket;
    // The socket may be closing before its close event arrives.
    const isOpen = this.state === "open" && socket?.readyState === WebSocket.OPEN;
    if (!socket || !isOpen) return notConnected;
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

  /** Stop the attempts to connect again. */
  stopReconnecting() {
    const outage = this.reconnect.end();
    if (!outage) return;
    this.#abandon();
    this.note("close", `not reconnected: stopped after ${describeOutage(outage)}`);
    this.#setState("closed");
  }

  /** Stop waiting for the server's close frame. The browser goes on without the page. */
  giveUp() {
    if (!this.#socket || this.state !== "closing") return;
    this.#abandon();
    this.outcome = "given up";
    this.note("close", "given up: the server has not answered the close");
    this.#setState("closed");
  }

  #abandon() {
    const socket = this.#socket;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#socket = undefined;
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
    this.closeEvent = undefined;
    const agreed = [protocol && `subprotocol ${protocol}`, extensions].filter(Boolean);
    this.note(
      "open",
      [`${this.url} in ${duration.toFixed(1)} ms`, ...agreed].join(", "),
    );
    const outage = this.reconnect.end();
    this.isReopened = outage !== undefined;
    if (outage) this.note("note", `Outage ${describeOutage(outage)}`);
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
    const { reconnect } = this;
    const opened = this.#opened;
    this.#socket = undefined;
    if (reconnect.outage) {
      // closeEvent stays the one that began the outage.
      if (reconnect.outage.attempts === 1) {
        this.note("note", "the first attempt to reconnect failed, more follow");
      }
      reconnect.wait();
      this.#setState("waiting");
      return;
    }
    if (opened === undefined) {
      this.outcome = this.state === "connecting" ? "refused" : "cancelled";
    }
    this.closeEvent = closeEvent;
    const { code, reason, wasClean } = closeEvent;
    const parts = [this.outcome, code, reason, `(${wasClean ? "clean" : "not clean"})`];
    if (this.outcome) parts.push(this.url);
    this.note("close", parts.filter(Boolean).join(" "), closeEvent);
    if (opened === undefined || this.closedByPage || !reconnect.isOn) {
      this.#setState("closed");
      return;
    }
    this.#listener.lost(reconnect.begin(opened));
    this.#setState("waiting");
  }

  /** @param {State} state */
  #setState(state) {
    this.state = state;
    if (state === "closed" || state === "waiting") {
      this.lost += this.unanswered.count;
      this.isLostExact &&= this.unanswered.isExact;
      this.unanswered.end();
    }
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
      connection: this.#connection,
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
