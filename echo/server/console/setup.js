/**
 * The fields of the page: the target URL that they make, and the page's URL, which
 * stores them.
 */
// @ts-check

import { escaped } from "./bytes.js";
import { Chips } from "./chips.js";
import { copy } from "./copy.js";
import { byId } from "./dom.js";
import { PresetMenu } from "./presets.js";
import * as settings from "./settings.js";
import { argumentsFor } from "./terminal.js";

const storeInterval = 150;
const explanationId = "close-meaning";

/** All fields of the page. */
export class Setup {
  /** The URL with its parameters. While a field is invalid, the previous one. */
  target = "";
  /** The second URL, likewise. Empty: there is no second connection. */
  secondTarget = "";
  /** @type {string[]} */
  subprotocols = [];
  #fields = settings.findFields();
  #parameters = this.#fields.filter((field) => field.closest("#knobs"));
  #url = byId("url", HTMLInputElement);
  #second = byId("second", HTMLInputElement);
  #subprotocolField = byId("subprotocols", HTMLInputElement);
  #chips = new Chips(byId("knob-chips", HTMLElement), (name) => this.#clear(name));
  #presets = new PresetMenu((chosen) => {
    settings.readSettings(this.#parameters, chosen);
  });
  /** The URL field when it was last applied, without its parameters. */
  #appliedURL = "";
  /** Whether the user has typed into the URL field since. */
  #isEdited = false;
  /** @type {HTMLInputElement | undefined} The invalid field. */
  #invalid;
  #storeTimer = 0;
  #mustStore = false;
  #changed;
  #restored;

  /**
   * @param {() => void} changed The request may have changed.
   * @param {() => void} restored All fields may have changed.
   */
  constructor(changed, restored) {
    this.#changed = changed;
    this.#restored = restored;
    this.#url.defaultValue = settings.ownSocket();
    this.#url.addEventListener("input", (event) => {
      // Deleting or undoing does not count as typing.
      const inputType = event instanceof InputEvent ? event.inputType : "";
      this.#isEdited = !/^(delete|history)/.test(inputType);
    });
    this.#url.addEventListener("change", () => this.#applyTypedURL());
    // Scripts and some tools send "change" without "input".
    for (const type of ["input", "change"]) {
      document.addEventListener(type, () => {
        this.#show();
        this.#storeSoon();
      });
    }
    addEventListener("pagehide", () => {
      if (this.#mustStore) this.#store();
    });
    addEventListener("hashchange", () => this.restore());
    byId("copy-target", HTMLElement).addEventListener("click", () =>
      copy(this.target, "URL", "copied"),
    );
    byId("copy-link", HTMLElement).addEventListener("click", () => this.#copyLink());
  }

  /** @returns {string} Targets and subprotocols, for comparison. */
  get request() {
    return [this.target, this.secondTarget, ...this.subprotocols].join(" ");
  }

  /** @returns {boolean} Whether all fields are valid. If not, one gets the focus. */
  check() {
    this.#applyTypedURL();
    this.#invalid?.focus();
    return !this.#invalid;
  }

  /** Fill in the fields from the fragment. */
  restore() {
    const stored = new URLSearchParams(location.hash.slice(1));
    settings.readSettings(this.#fields, stored);
    this.#moveOwnQuery();
    this.#moveParameters();
    this.#show();
    this.#restored();
  }

  /**
   * Mark the parameter that the server refused.
   *
   * @param {string} explanation The explanation, with the server's response.
   */
  markRefused(explanation) {
    const parameter = this.#parameters.find(({ name }) =>
      explanation.includes(`: 400 ${name}: `),
    );
    if (!parameter) return;
    byId("knobs", HTMLDetailsElement).open = true;
    parameter.ariaInvalid = "true";
    setDescription(parameter, true);
    parameter.scrollIntoView({ block: "nearest" });
  }

  /** Apply a typed URL: its query replaces all parameters. */
  #applyTypedURL() {
    const typed = this.#url.value.trim();
    if (!this.#isEdited && typed === this.#appliedURL) return;
    // A URL without a query may be another server for the same parameters.
    if (
      typed.includes("?") ||
      [this.#appliedURL, this.#url.defaultValue].includes(typed)
    ) {
      settings.readSettings(this.#parameters, new URLSearchParams());
    }
    this.#moveParameters();
    this.#show();
    this.#storeSoon();
  }

  /** Move the query of the page's own URL, as in /?status=503, to the parameters. */
  #moveOwnQuery() {
    if (!location.search) return;
    const unknown = settings.moveToFields(location.search, this.#parameters).slice(1);
    history.replaceState(null, "", location.pathname + location.hash);
    this.#storeSoon();
    if (!unknown) return;
    byId(explanationId, HTMLElement).textContent =
      `The query of this page's URL is not a behaviour: ${escaped(unknown)}`;
  }

  /** Move the query from the URL field to the parameters. */
  #moveParameters() {
    this.#appliedURL = settings.moveToFields(this.#url.value.trim(), this.#parameters);
    this.#url.value = this.#appliedURL;
    this.#isEdited = false;
  }

  #show() {
    const error = this.#validate();
    for (const field of [
      this.#url,
      this.#second,
      this.#subprotocolField,
      ...this.#parameters,
    ]) {
      field.ariaInvalid = String(field === this.#invalid);
      setDescription(field, false);
    }
    byId("asks", HTMLElement).hidden = error !== "";
    const shown = byId("target", HTMLElement);
    shown.textContent = error || this.target;
    shown.classList.toggle("wrong", error !== "");
    if (!error) {
      const command = argumentsFor(this.target, this.subprotocols);
      byId("terminal", HTMLElement).textContent = command;
    }
    const requested = settings.writeSettings(this.#parameters);
    byId("knob-count", HTMLElement).textContent = requested.size
      ? `${requested.size} set`
      : "";
    this.#chips.show(requested);
    this.#presets.show(requested);
    this.#changed();
  }

  /** @param {string} cleared The name of a parameter. */
  #clear(cleared) {
    const fields = this.#parameters.filter(({ name }) => name === cleared);
    settings.readSettings(fields, new URLSearchParams());
    this.#show();
    this.#storeSoon();
  }

  /** @returns {string} The error, or an empty text. */
  #validate() {
    this.#invalid = this.#url;
    try {
      const target = settings.buildTarget(this.#url.value.trim(), this.#parameters);
      this.#invalid = this.#second;
      const second = this.#second.value.trim();
      const own = new URLSearchParams(second.split("?")[1]);
      const shared = this.#parameters.filter(({ name }) => !own.has(name));
      const secondTarget = second && settings.buildTarget(second, shared);
      this.#invalid = this.#subprotocolField;
      this.subprotocols = settings.splitSubprotocols(this.#subprotocolField.value);
      this.target = target;
      this.secondTarget = secondTarget;
      this.#invalid = undefined;
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /**
   * Store at once, since a reload may follow. Browsers limit the rate, so further
   * changes wait.
   */
  #storeSoon() {
    this.#mustStore = true;
    if (this.#storeTimer) return;
    this.#store();
    this.#storeTimer = setTimeout(() => {
      this.#storeTimer = 0;
      if (this.#mustStore) this.#storeSoon();
    }, storeInterval);
  }

  #store() {
    this.#mustStore = false;
    const stored = String(settings.writeSettings(this.#fields));
    const address = stored ? `#${stored}` : location.pathname + location.search;
    history.replaceState(null, "", address);
  }

  #copyLink() {
    this.#store();
    const isLong = settings.isTooLong(byId("message", HTMLTextAreaElement));
    copy(
      location.href,
      "Link",
      "copied",
      isLong ? ", without the message: it is too long for a URL" : "",
    );
  }
}

/**
 * @param {settings.Field} field
 * @param {boolean} isRefused Whether the text beside the state is about this field.
 */
function setDescription(field, isRefused) {
  const hints = (field.getAttribute("aria-describedby") ?? "").split(" ");
  const otherHints = hints.filter((id) => id && id !== explanationId);
  const ids = isRefused ? [...otherHints, explanationId] : otherHints;
  if (ids.length) field.setAttribute("aria-describedby", ids.join(" "));
  else field.removeAttribute("aria-describedby");
}
