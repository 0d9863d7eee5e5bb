/**
 * The messages that the user has sent, and those that the user keeps as snippets.
 *
 * The browser's storage has them too, where it permits that. It gets no message that
 * looks as if it held a secret, unless the user keeps the message as a snippet.
 */
// @ts-check

import { fromHex, latin1 } from "./bytes.js";

const key = "echo.messages";
/** Messages at most, and as many snippets. */
export const maxMessages = 50;
/** Characters of a message at most: longer messages are not kept. */
export const maxCharacters = 8192;

const secretWords =
  /token|secret|passw|passphrase|authori[sz]|bearer|credential|cookie|csrf|xsrf|jwt|dpop|signature|(?:api|access|private|secret)[-_ ]?key|session[-_ ]?id|\b(?:auth|key|otp|pin|pwd?|sid|sig|ticket)\b/i;
// A JSON Web Token, or a user in a URL.
const secretForms = /\beyJ[\w-]+\.|\/\/[^\s/]*@/;
const longWord = /[\w+/=]{32,}/g;

/**
 * @typedef {object} Message
 * @property {"text" | "hex"} kind
 * @property {string} text As it stands in the field.
 * @property {boolean} isSnippet
 */

/** The messages, the newest first. */
export class History {
  /** @type {Message[]} */
  messages = [];
  /** Whether the browser stores them. */
  isStored = true;
  #changed;

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
    this.messages = this.#read() ?? [];
    // Another tab has changed them.
    addEventListener("storage", (event) => {
      if (event.key !== key && event.key !== null) return;
      const stored = event.newValue === null ? [] : (this.#read() ?? this.messages);
      const unstored = event.newValue === null ? [] : this.messages.filter(isUnstored);
      this.messages = [...unstored, ...stored];
      this.#changed();
    });
  }

  /**
   * @param {Pick<Message, "kind" | "text">} message
   * @returns {number} Its index, or -1.
   */
  indexOf({ kind, text }) {
    return this.messages.findIndex((each) => each.kind === kind && each.text === text);
  }

  /**
   * Make a message the newest one.
   *
   * @param {Pick<Message, "kind" | "text">} message
   * @param {boolean} [isSnippet] By default, it stays one if it is one.
   */
  add({ kind, text }, isSnippet) {
    if (!text || text.length > maxCharacters) return;
    const at = this.indexOf({ kind, text });
    const [old] = at < 0 ? [] : this.messages.splice(at, 1);
    const message = { kind, text, isSnippet: isSnippet ?? old?.isSnippet ?? false };
    this.#store(limited([message, ...this.messages]));
  }

  /** @param {Pick<Message, "kind" | "text">} message */
  remove(message) {
    const at = this.indexOf(message);
    this.#store(this.messages.filter((_, index) => index !== at));
  }

  /** Remove all, from the browser's storage as well. */
  clear() {
    this.#store([]);
  }

  /** @param {Message[]} messages */
  #store(messages) {
    this.messages = messages;
    const stored = messages.filter((message) => !isUnstored(message));
    try {
      if (stored.length) localStorage.setItem(key, JSON.stringify(stored));
      else localStorage.removeItem(key);
      this.isStored = true;
    } catch {
      this.isStored = false;
    }
    this.#changed();
  }

  /** @returns {Message[] | undefined} Undefined if the browser refuses. */
  #read() {
    try {
      const stored = JSON.parse(localStorage.getItem(key) ?? "[]");
      // Another page of this host may have written anything.
      return Array.isArray(stored) ? limited(stored.filter(isMessage)) : [];
    } catch (error) {
      this.isStored = error instanceof SyntaxError;
      return undefined;
    }
  }
}

/**
 * @param {Pick<Message, "kind" | "text">} message
 * @returns {boolean} Whether it looks as if it held a secret.
 */
function looksSecret({ kind, text }) {
  const bytes = kind === "hex" ? fromHex(text) : undefined;
  const plain = bytes ? latin1(bytes) : text;
  const isRandom = (/** @type {string} */ word) =>
    /\d/.test(word) && /[a-z]/i.test(word);
  return (
    secretWords.test(plain) ||
    secretForms.test(plain) ||
    (plain.match(longWord) ?? []).some(isRandom)
  );
}

/**
 * @param {Message} message
 * @returns {boolean} Whether the browser's storage does not get it.
 */
export function isUnstored(message) {
  return !message.isSnippet && looksSecret(message);
}

/**
 * @param {Message[]} messages
 * @returns {Message[]} The newest of each kind.
 */
function limited(messages) {
  const left = { true: maxMessages, false: maxMessages };
  return messages.filter(({ isSnippet }) => left[`${isSnippet}`]-- > 0);
}

/**
 * @param {any} value
 * @returns {value is Message}
 */
function isMessage(value) {
  return (
    (value?.kind === "text" || value?.kind === "hex") &&
    typeof value.text === "string" &&
    value.text.length > 0 &&
    value.text.length <= maxCharacters &&
    typeof value.isSnippet === "boolean"
  );
}
