/**
 * The set-up: what the fields of the page ask for, and the address that keeps it.
 */
// @ts-check

import { copy } from "./copy.js";
import { byId } from "./dom.js";
import * as settings from "./settings.js";

const betweenStores = 150;

/** All fields of the page, as one. */
export class Setup {
  /** The URL with its knobs; while there is a mistake, what it was before. */
  target = "";
  /** @type {string[]} */
  subprotocols = [];
  #fields = settings.findFields();
  #knobs = this.#fields.filter((field) => field.closest("#knobs"));
  #url = byId("url", HTMLInputElement);
  #typed = byId("subprotocols", HTMLInputElement);
  /** @type {HTMLInputElement | undefined} Where something is wrong. */
  #wrong;
  #storing = 0;
  #isStale = false;
  #changed;
  #restored;

  /**
   * @param {() => void} changed Something else may be asked for.
   * @param {() => void} restored All fields may have changed.
   */
  constructor(changed, restored) {
    this.#changed = changed;
    this.#restored = restored;
    this.#url.defaultValue = settings.ownSocket();
    this.#url.addEventListener("change", () => this.#tidy());
    // A change may come without an input: it is what scripts and some tools make.
    for (const type of ["input", "change"]) {
      document.addEventListener(type, () => {
        this.#show();
        this.#storeSoon();
      });
    }
    addEventListener("pagehide", () => {
      if (this.#isStale) this.#store();
    });
    addEventListener("hashchange", () => this.restore());
    byId("copy-target", HTMLElement).addEventListener("click", () =>
      copy(this.target, "URL"),
    );
    byId("copy-link", HTMLElement).addEventListener("click", () => this.#copyLink());
  }

  /** @returns {string} What is asked for, to tell it from something else. */
  get asked() {
    return [this.target, ...this.subprotocols].join(" ");
  }

  /** @returns {boolean} Whether it can be asked for; if not, the focus is there. */
  check() {
    this.#tidy();
    this.#wrong?.focus();
    return !this.#wrong;
  }

  /** Fill in the fields, from the address. */
  restore() {
    const kept = new URLSearchParams(location.hash.slice(1));
    settings.readSettings(this.#fields, kept);
    this.#show();
    this.#restored();
  }

  /**
   * Show the knob that the server refuses.
   *
   * @param {string} why In its words.
   */
  blame(why) {
    const knob = this.#knobs.find(({ name }) => why.includes(`: 400 ${name}: `));
    if (!knob) return;
    byId("knobs", HTMLDetailsElement).open = true;
    knob.ariaInvalid = "true";
  }

  /** Have each knob in one place. */
  #tidy() {
    const rest = settings.moveToKnobs(this.#url.value, this.#knobs);
    if (rest === this.#url.value) return;
    this.#url.value = rest;
    this.#show();
    this.#storeSoon();
  }

  #show() {
    const mistake = this.#read();
    for (const field of [this.#url, this.#typed, ...this.#knobs]) {
      field.ariaInvalid = String(field === this.#wrong);
    }
    byId("asks", HTMLElement).hidden = mistake !== "";
    const shown = byId("target", HTMLElement);
    shown.textContent = mistake || this.target;
    shown.classList.toggle("wrong", mistake !== "");
    byId("terminal", HTMLElement).textContent = settings.quoteForShell(this.target);
    const { size } = settings.writeSettings(this.#knobs);
    byId("knob-count", HTMLElement).textContent = size ? `${size} set` : "";
    this.#changed();
  }

  /** @returns {string} What is wrong, if anything is. */
  #read() {
    this.#wrong = this.#url;
    try {
      const target = settings.buildTarget(this.#url.value.trim(), this.#knobs);
      this.#wrong = this.#typed;
      this.subprotocols = settings.splitSubprotocols(this.#typed.value);
      this.target = target;
      this.#wrong = undefined;
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** At once, as a reload may follow; but browsers refuse to do it very often. */
  #storeSoon() {
    this.#isStale = true;
    if (this.#storing) return;
    this.#store();
    this.#storing = setTimeout(() => {
      this.#storing = 0;
      if (this.#isStale) this.#storeSoon();
    }, betweenStores);
  }

  #store() {
    this.#isStale = false;
    const kept = String(settings.writeSettings(this.#fields));
    const address = kept ? `#${kept}` : location.pathname + location.search;
    history.replaceState(null, "", address);
  }

  #copyLink() {
    this.#store();
    const isLong = settings.isTooLong(byId("message", HTMLTextAreaElement));
    copy(location.href, "Link", isLong ? ", without the message: it is too long" : "");
  }
}
