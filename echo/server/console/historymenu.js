/**
 * The menu of earlier messages and snippets below the message field, and the keys in
 * the field that go through them.
 */
// @ts-check

import { escaped } from "./bytes.js";
import { byId, formatNumber } from "./dom.js";
import { History, isUnstored } from "./history.js";

const shownCharacters = 80;

/** @typedef {import("./history.js").Message} Message */

/** The menu shows the message in the field, if that is an earlier one. */
export class HistoryMenu {
  #history = new History(() => this.#list());
  #kind = byId("kind", HTMLSelectElement);
  #field = byId("message", HTMLTextAreaElement);
  #menu = byId("earlier-messages", HTMLSelectElement);
  #keep = byId("keep", HTMLButtonElement);
  #forget = byId("forget", HTMLButtonElement);
  #forgetAll = byId("forget-all", HTMLButtonElement);
  /** @type {Message | undefined} The message before the first earlier one. */
  #draft;

  constructor() {
    this.#menu.addEventListener("change", () =>
      this.#fill(this.#history.messages[Number(this.#menu.value)]),
    );
    this.#field.addEventListener("keydown", (event) => this.#onKey(event));
    this.#keep.addEventListener("click", () => {
      const isKept = this.#keep.ariaPressed === "true";
      this.#history.add(this.#current, !isKept);
    });
    this.#forget.addEventListener("click", () => {
      this.#history.remove(this.#current);
      this.#menu.focus(); // A disabled button would lose the focus.
    });
    this.#forgetAll.addEventListener("click", () => {
      this.#history.clear();
      this.#menu.focus();
    });
    for (const element of [this.#kind, this.#field]) {
      element.addEventListener("input", () => this.show());
    }
    this.#list();
  }

  /** Add the message in the field, which was sent. */
  add() {
    if (this.#kind.value !== "file") this.#history.add(this.#current);
  }

  /** Show which of the messages is in the field. */
  show() {
    const isFile = this.#kind.value === "file";
    const at = isFile ? -1 : this.#history.indexOf(this.#current);
    this.#menu.value = at < 0 ? "" : String(at);
    this.#keep.ariaPressed = String(this.#history.messages[at]?.isSnippet ?? false);
    this.#keep.disabled = isFile || !this.#current.text;
    this.#forget.disabled = at < 0;
  }

  #list() {
    const { messages } = this.#history;
    const groups = {
      Snippets: messages.filter(({ isSnippet }) => isSnippet),
      "Kept in this browser": messages.filter((each) => this.#isKept(each)),
      "Until the page is closed": messages.filter(
        (each) => !each.isSnippet && !this.#isKept(each),
      ),
    };
    const placeholder = new Option(
      messages.length ? "Choose a message" : "No messages yet",
      "",
    );
    placeholder.hidden = true;
    this.#menu.replaceChildren(
      placeholder,
      ...Object.entries(groups)
        .filter(([, group]) => group.length)
        .map(([name, group]) => this.#makeGroup(name, group)),
    );
    this.#forgetAll.disabled = !messages.length;
    byId("earlier-count", HTMLElement).textContent = messages.length
      ? formatNumber(messages.length)
      : "";
    byId("earlier-note", HTMLElement).textContent = this.#history.isStored
      ? "Arrow up in the message field brings the previous message. This browser keeps " +
        "sent messages. A message that seems to hold a token, key or password is " +
        "forgotten with the page, unless you keep it as a snippet."
      : "This browser refuses storage: the messages are forgotten with the page.";
    this.show();
  }

  /** @param {Message} message */
  #isKept(message) {
    return this.#history.isStored && !message.isSnippet && !isUnstored(message);
  }

  /**
   * @param {string} name
   * @param {Message[]} messages
   */
  #makeGroup(name, messages) {
    const group = document.createElement("optgroup");
    group.label = name;
    group.append(
      ...messages.map((message) => {
        const start = message.text.slice(0, shownCharacters);
        const text = escaped(start) + (start === message.text ? "" : "…");
        return new Option(
          message.kind === "hex" ? `hex: ${text}` : text,
          String(this.#history.messages.indexOf(message)),
        );
      }),
    );
    return group;
  }

  /** @returns {Message} */
  get #current() {
    const kind = this.#kind.value === "hex" ? "hex" : "text";
    return { kind, text: this.#field.value, isSnippet: false };
  }

  /** @param {Message | undefined} message */
  #fill(message) {
    if (!message) return;
    this.#kind.value = message.kind;
    this.#field.value = message.text;
    this.#kind.dispatchEvent(new Event("change", { bubbles: true }));
    this.#field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { key, isComposing, altKey, ctrlKey, metaKey, shiftKey } = event;
    const isPlain = !(isComposing || altKey || ctrlKey || metaKey || shiftKey);
    const step = { ArrowUp: 1, ArrowDown: -1 }[key];
    if (!step || !isPlain) return;
    const { value, selectionStart: before, selectionEnd } = this.#field;
    if (before !== selectionEnd) return;
    const beyond = step > 0 ? value.slice(0, before) : value.slice(before);
    const edge = step > 0 ? 0 : value.length;
    // First the browser moves the cursor. On the first or last line, it has no line to
    // go to, and may move the cursor to the edge of the text.
    setTimeout(() => {
      const after = this.#field.selectionStart;
      const isAtEdge = after === edge && !beyond.includes("\n");
      if (after === before || isAtEdge) this.#go(step);
    });
  }

  /** @param {number} step 1 for the message before. */
  #go(step) {
    const at = this.#history.indexOf(this.#current);
    if (at < 0 && step > 0) this.#draft = this.#current;
    const next = at + step;
    if (next >= 0) this.#fill(this.#history.messages[next]);
    else if (at === 0) this.#fill(this.#draft);
  }
}
