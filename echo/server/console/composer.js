/**
 * What is to be sent: from the fields to payloads, once or again and again.
 */
// @ts-check

import { fromHex } from "./bytes.js";
import { byId } from "./dom.js";
import { mostBuffered } from "./session.js";

// A timer of a browser fires late, and in a hidden tab once a second. What was
// missed is made up for, but never more of it than this at once.
const mostAtOnce = 50;
const shortestEvery = 1;
const longestEvery = 3_600_000;

/** @typedef {string | Uint8Array<ArrayBuffer>} Payload */

/** The form that sends. */
export class Composer {
  #kind = byId("kind", HTMLSelectElement);
  #message = byId("message", HTMLTextAreaElement);
  #file = byId("file", HTMLInputElement);
  #every = byId("every", HTMLInputElement);
  #repeat = byId("repeat", HTMLButtonElement);
  #error = byId("send-error", HTMLElement);
  #send;
  #count = 0;
  #timer = 0;

  /** @param {(payload: Payload) => string | undefined} send Says why not. */
  constructor(send) {
    this.#send = send;
    const form = byId("sender", HTMLFormElement);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#once();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#once();
    });
    this.#repeat.addEventListener("click", () => {
      if (this.#timer) this.stop();
      else this.#start();
    });
    this.#kind.addEventListener("change", () => this.show());
    for (const type of ["input", "change"]) {
      form.addEventListener(type, () => this.changed());
    }
  }

  /** Show the field that belongs to the kind of message. */
  show() {
    const isFile = this.#kind.value === "file";
    byId("message-field", HTMLElement).hidden = isFile;
    byId("file-field", HTMLElement).hidden = !isFile;
    byId("message-hint", HTMLElement).textContent =
      this.#kind.value === "hex"
        ? "Example: 48 65 6c 6c 6f. Ctrl+Enter sends."
        : "{n} becomes a counter, {time} the current time. Ctrl+Enter sends.";
  }

  /** Count {n} from 1 again: it is another conversation. */
  reset() {
    this.#count = 0;
  }

  /** Send no more. */
  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#showRepeating(false);
  }

  /** The fields are others: what goes out is what is in them, or nothing. */
  changed() {
    this.#every.ariaInvalid = "false";
    if (!this.#timer) return;
    this.stop();
    this.#error.textContent = "Stopped: a field was changed. Press Repeat to continue.";
  }

  async #once() {
    this.#error.textContent = "";
    const make = await this.#prepare();
    if (make) this.#error.textContent = this.#send(make()) ?? "";
  }

  async #start() {
    this.#error.textContent = "";
    const every = this.#every.valueAsNumber;
    // An empty field is NaN, which is neither.
    const isFair = every >= shortestEvery && every <= longestEvery;
    this.#every.ariaInvalid = String(!isFair);
    if (!isFair) {
      this.#error.textContent = "The interval must be 1 to 3,600,000 ms.";
      return;
    }
    const make = await this.#prepare();
    if (!make || this.#timer) return;
    let due = performance.now();
    const turn = () => {
      const now = performance.now();
      const count = Math.floor((now - due) / every) + 1;
      due = count > mostAtOnce ? now + every : due + count * every;
      for (let i = 0; i < Math.min(count, mostAtOnce); i++) {
        const problem = this.#send(make()) ?? "";
        if (problem !== this.#error.textContent) this.#error.textContent = problem;
        if (problem) return false;
      }
      return true;
    };
    if (!turn()) return;
    this.#timer = setInterval(turn, every);
    this.#showRepeating(true);
  }

  /** @param {boolean} repeating */
  #showRepeating(repeating) {
    this.#repeat.ariaPressed = String(repeating);
    this.#repeat.textContent = repeating ? "Stop" : "Repeat";
  }

  /** @returns {Promise<(() => Payload) | undefined>} What makes the messages. */
  async #prepare() {
    const text = this.#message.value.toWellFormed();
    if (this.#kind.value === "text") return () => this.#fill(text);
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
    if (file.size > mostBuffered) {
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
  #fill(template) {
    this.#count++;
    return template
      .replaceAll("{n}", String(this.#count))
      .replaceAll("{time}", () => new Date().toISOString());
  }
}
