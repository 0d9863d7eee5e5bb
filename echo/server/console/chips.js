/**
 * The chips: a button for each requested parameter, while their fields are hidden.
 */
// @ts-check

import { escaped } from "./bytes.js";

/** The chips. A click removes the parameter. */
export class Chips {
  #list;
  #remove;
  #shown = "";

  /**
   * @param {HTMLElement} list
   * @param {(name: string) => void} remove Gets the name of a parameter.
   */
  constructor(list, remove) {
    this.#list = list;
    this.#remove = remove;
  }

  /** @param {URLSearchParams} requested Names and values. */
  show(requested) {
    // New elements would lose the focus.
    if (String(requested) === this.#shown) return;
    this.#shown = String(requested);
    this.#list.replaceChildren(...Array.from(requested, (pair) => this.#make(...pair)));
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #make(name, value) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = escaped(`${name}=${value}`);
    button.ariaLabel = `Remove ${button.textContent}`;
    button.addEventListener("click", () => this.#removeChip(item, name));
    item.append(button);
    return item;
  }

  /**
   * @param {HTMLElement} item
   * @param {string} name
   */
  #removeChip(item, name) {
    const at = [...this.#list.children].indexOf(item);
    this.#remove(name);
    const { children } = this.#list;
    const next = children[Math.min(at, children.length - 1)]?.querySelector("button");
    const summary = this.#list.parentElement?.querySelector("summary");
    (next ?? summary)?.focus();
  }
}
