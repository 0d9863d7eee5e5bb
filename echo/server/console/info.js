/**
 * The panel with a request of this page as the server received it: the answer of /info.
 */
// @ts-check

import { escaped } from "./bytes.js";
import { copy } from "./copy.js";
import { byId, showFacts } from "./dom.js";
import { ownSocket } from "./settings.js";

/** The panel. Its link is a link still: in a new tab it opens /info itself. */
export class InfoPanel {
  #dialog = byId("info", HTMLDialogElement);
  #status = byId("info-status", HTMLElement);
  #text = "";
  #target;

  /** @param {() => string} target Returns the URL that the page connects to. */
  constructor(target) {
    this.#target = target;
    byId("info-link", HTMLElement).addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#open();
    });
    byId("info-close", HTMLElement).addEventListener("click", () =>
      this.#dialog.close(),
    );
    byId("info-copy", HTMLElement).addEventListener("click", () =>
      copy(this.#text, "JSON", "info-status"),
    );
  }

  async #open() {
    this.#show("", {});
    this.#status.textContent = "Waiting for the server…";
    this.#dialog.showModal();
    const [address, query] = this.#target().split("?");
    const isOwn = query && address === ownSocket();
    try {
      const response = await fetch(isOwn ? `info?${query}` : "info", {
        cache: "no-store",
      });
      const text = await response.text();
      this.#status.textContent = "";
      this.#show(text, JSON.parse(text));
    } catch (error) {
      this.#status.textContent = `The server sent no description: ${error}`;
    }
  }

  /**
   * @param {string} text JSON.
   * @param {Record<string, unknown>} info The same.
   */
  #show(text, { headers = [], ...facts }) {
    this.#text = text.trim();
    byId("info-copy", HTMLButtonElement).disabled = !text;
    const named = Object.entries(facts).map(([name, value]) => [name, describe(value)]);
    showFacts("info-facts", /** @type {[string, string][]} */ (named));
    const fields = /** @type {[string, string][]} */ (headers);
    const shown = fields.map(([name, value]) => [escaped(name), escaped(value)]);
    showFacts("info-headers", /** @type {[string, string][]} */ (shown));
  }
}

/** @param {unknown} value */
function describe(value) {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "none";
  if (Array.isArray(value)) return escaped(value.join(", "));
  return escaped(typeof value === "object" ? JSON.stringify(value) : String(value));
}
