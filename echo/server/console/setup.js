/**
 * The set-up: what the fields of the page ask for, and the address that keeps it.
 */
// @ts-check

import { Chips } from "./chips.js";
import { copy } from "./copy.js";
import { byId } from "./dom.js";
import * as settings from "./settings.js";
import { argumentsFor } from "./terminal.js";

const betweenStores = 150;
const reasonId = "close-meaning";

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
  #chips = new Chips(byId("knob-chips", HTMLElement), (name) => this.#clear(name));
  /** What was in the URL field when it was taken over, without its knobs. */
  #taken = "";
  /** Whether somebody has typed that there since, be it the same. */
  #isTyped = false;
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
    this.#url.addEventListener("input", (event) => {
      // To take back what was typed is no wish.
      const how = event instanceof InputEvent ? event.inputType : "";
      this.#isTyped = !/^(delete|history)/.test(how);
    });
    this.#url.addEventListener("change", () => this.#takeOver());
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
    this.#takeOver();
    this.#wrong?.focus();
    return !this.#wrong;
  }

  /** Fill in the fields, from the address. */
  restore() {
    const kept = new URLSearchParams(location.hash.slice(1));
    settings.readSettings(this.#fields, kept);
    this.#tidy();
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
    describe(knob, true);
    knob.scrollIntoView({ block: "nearest" });
  }

  /** Ask for what a URL asks for that was typed, and for nothing else. */
  #takeOver() {
    const typed = this.#url.value.trim();
    if (!this.#isTyped && typed === this.#taken) return;
    // Another address alone may be one to try the same with.
    if (typed.includes("?") || [this.#taken, this.#url.defaultValue].includes(typed)) {
      settings.readSettings(this.#knobs, new URLSearchParams());
    }
    this.#tidy();
    this.#show();
    this.#storeSoon();
  }

  /** Have each knob in one place. */
  #tidy() {
    this.#taken = settings.moveToKnobs(this.#url.value.trim(), this.#knobs);
    this.#url.value = this.#taken;
    this.#isTyped = false;
  }

  #show() {
    const mistake = this.#read();
    for (const field of [this.#url, this.#typed, ...this.#knobs]) {
      field.ariaInvalid = String(field === this.#wrong);
      describe(field, false);
    }
    byId("asks", HTMLElement).hidden = mistake !== "";
    const shown = byId("target", HTMLElement);
    shown.textContent = mistake || this.target;
    shown.classList.toggle("wrong", mistake !== "");
    if (!mistake) {
      const command = argumentsFor(this.target, this.subprotocols);
      byId("terminal", HTMLElement).textContent = command;
    }
    const asked = settings.writeSettings(this.#knobs);
    byId("knob-count", HTMLElement).textContent = asked.size ? `${asked.size} set` : "";
    this.#chips.show(asked);
    this.#changed();
  }

  /** @param {string} knob Its name. */
  #clear(knob) {
    const fields = this.#knobs.filter(({ name }) => name === knob);
    settings.readSettings(fields, new URLSearchParams());
    this.#show();
    this.#storeSoon();
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
    copy(location.href, "Link", isLong ? ", without the message: it is too long for a URL" : "");
  }
}

/**
 * @param {settings.Field} field
 * @param {boolean} isBlamed Whether the meaning of the close is about it.
 */
function describe(field, isBlamed) {
  const hints = (field.getAttribute("aria-describedby") ?? "").split(" ");
  const others = hints.filter((id) => id && id !== reasonId);
  const ids = isBlamed ? [...others, reasonId] : others;
  if (ids.length) field.setAttribute("aria-describedby", ids.join(" "));
  else field.removeAttribute("aria-describedby");
}
