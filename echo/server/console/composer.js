/**
 * The form that sends a message, once or repeatedly.
 */
// @ts-check

import { fromHex } from "./bytes.js";
import { byId } from "./dom.js";
import { maxBuffered, notConnected } from "./session.js";

// A browser's timer fires late, and only once a second in a hidden tab. Then all due
// messages are sent at once, up to this number.
const maxBurst = 50;
const minInterval = 1;
const maxInterval = 3_600_000;

/** @typedef {string | Uint8Array<ArrayBuffer>} Payload */

/** The form. */
export class Composer {
  #kind = byId("kind", HTMLSelectElement);
  #message = byId("message", HTMLTextAreaElement);
  #file = byId("file", HTMLInputElement);
  #interval = byId("every", HTMLInputElement);
  #repeat = byId("repeat", HTMLButtonElement);
  #error = byId("send-error", HTMLElement);
  #offer = byId("connect-send", HTMLButtonElement);
  #send;
  #sent;
  #connect;
  /** @type {(() => void) | undefined} Sends the message that could not be sent. */
  #unsent;
  /** Whether to send it once the connection is open. */
  #mustSend = false;
  #count = 0;
  #timer = 0;

  /**
   * @param {(payload: Payload) => string | undefined} send Returns an error.
   * @param {() => void} sent The message in the fields was sent.
   * @param {() => void} connect
   */
  constructor(send, sent, connect) {
    this.#send = send;
    this.#sent = sent;
    this.#connect = connect;
    this.#offer.addEventListener("click", () => {
      this.#mustSend = true;
      this.#offer.hidden = true;
      this.#message.focus();
      this.#connect();
    });
    const form = byId("sender", HTMLFormElement);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#sendOnce();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#sendOnce();
    });
    this.#repeat.addEventListener("click", () => {
      if (this.#timer) this.stop();
      else this.#startRepeating();
    });
    this.#kind.addEventListener("change", () => this.show());
    for (const type of ["input", "change"]) {
      form.addEventListener(type, () => this.changed());
    }
  }

  /** Show the field for the selected kind of message. */
  show() {
    const isFile = this.#kind.value === "file";
    byId("message-field", HTMLElement).hidden = isFile;
    byId("file-field", HTMLElement).hidden = !isFile;
    byId("message-hint", HTMLElement).textContent =
      this.#kind.value === "hex"
        ? "Example: 48 65 6c 6c 6f. Ctrl+Enter sends."
        : "{n} becomes a counter, {time} the current time. Ctrl+Enter sends.";
  }

  /** Restart the counter {n} at 1, for a new connection. */
  reset() {
    this.#count = 0;
  }

  /** Stop repeating. */
  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#showRepeating(false);
  }

  /** Stop repeating because a field was changed: it would send the old content. */
  changed() {
    this.#interval.ariaInvalid = "false";
    if (!this.#timer) return;
    this.stop();
    this.#error.textContent = "Stopped: a field was changed. Press Repeat to continue.";
  }

  /**
   * Send a message. Without a connection, offer to connect first.
   *
   * @param {() => Payload} makePayload
   * @param {() => void} [sent] It was sent.
   */
  deliver(makePayload, sent = () => {}) {
    const error = this.#send(makePayload()) ?? "";
    this.#error.textContent = error;
    const isUnsent = error === notConnected;
    this.#unsent = isUnsent ? () => this.deliver(makePayload, sent) : undefined;
    this.#offer.hidden = !isUnsent;
    if (!error) sent();
  }

  /**
   * Send the message that waits for the connection.
   *
   * @param {boolean} isOpen Whether there is a connection.
   */
  connectionsChanged(isOpen) {
    if (!isOpen) this.#mustSend = false;
    if (!isOpen || !this.#unsent) return;
    const unsent = this.#unsent;
    this.#unsent = undefined;
    this.#offer.hidden = true;
    this.#error.textContent = "";
    if (this.#mustSend) unsent();
    this.#mustSend = false;
  }

  async #sendOnce() {
    this.#error.textContent = "";
    this.#offer.hidden = true;
    const makePayload = await this.#makeSource();
    if (makePayload) this.deliver(makePayload, this.#sent);
  }

  async #startRepeating() {
    this.#error.textContent = "";
    const interval = this.#interval.valueAsNumber;
    // The value of an empty field is NaN.
    const isValid = interval >= minInterval && interval <= maxInterval;
    this.#interval.ariaInvalid = String(!isValid);
    if (!isValid) {
      this.#error.textContent = "The interval must be 1 to 3,600,000 ms.";
      return;
    }
    const makePayload = await this.#makeSource();
    if (!makePayload || this.#timer) return;
    let due = performance.now();
    const sendDue = () => {
      const now = performance.now();
      const count = Math.floor((now - due) / interval) + 1;
      due = count > maxBurst ? now + interval : due + count * interval;
      for (let i = 0; i < Math.min(count, maxBurst); i++) {
        const error = this.#send(makePayload()) ?? "";
        if (error !== this.#error.textContent) this.#error.textContent = error;
        if (error) return false;
      }
      return true;
    };
    if (!sendDue()) return;
    this.#sent();
    this.#timer = setInterval(sendDue, interval);
    this.#showRepeating(true);
  }

  /** @param {boolean} repeating */
  #showRepeating(repeating) {
    this.#repeat.ariaPressed = String(repeating);
    this.#repeat.textContent = repeating ? "Stop" : "Repeat";
  }

  /** @returns {Promise<(() => Payload) | undefined>} Makes each message. */
  async #makeSource() {
    const text = this.#message.value.toWellFormed();
    if (this.#kind.value === "text") return () => this.#expand(text);
    if (this.#kind.value === "hex") {
      const bytes = fromHex(text);
      if (bytes) return () => bytes;
      this.#error.textContent = "Invalid hex: use two digits a byte, such as 48 65.";
      return undefined;
    }
    const file = this.#file.files?.[0];
    if (!file) {
      this.#error.textContent = "Choose a file first.";
      return undefined;
    }
    if (file.size > maxBuffered) {
      this.#error.textContent = "The file is larger than 32 MiB.";
      return undefined;
    }
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      return () => bytes;
    } catch {
      this.#error.textContent = "The browser cannot read the file.";
      return undefined;
    }
  }

  /** @param {string} template */
  #expand(template) {
    this.#count++;
    return template
      .replaceAll("{n}", String(this.#count))
      .replaceAll("{time}", () => new Date().toISOString());
  }
}
