/**
 * What the knobs ask for, also while their panel is closed: a chip for each.
 */
// @ts-check

import { visible } from "./bytes.js";

/** The chips, each of which takes back what it says. */
export class Chips {
  #list;
  #remove;
  #shown = "";

  /**
   * @param {HTMLElement} list
   * @param {(name: string) => void} remove Is told the name of a knob.
   */
  constructor(list, remove) {
    this.#list = list;
    this.#remove = remove;
  }

  /** @param {URLSearchParams} asked Names and values. */
  show(asked) {
    // To make them anew takes the focus from them.
    if (String(asked) === this.#shown) return;
    this.#shown = String(asked);
    this.#list.replaceChildren(...Array.from(asked, (pair) => this.#make(...pair)));
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #make(name, value) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = visible(`${name}=${value}`);
    button.ariaLabel = `Remove ${button.textContent}`;
    button.addEventListener("click", () => this.#take(item, name));
    item.append(button);
    return item;
  }

  /**
   * @param {HTMLElement} item
   * @param {string} name
   */
  #take(item, name) {
    const at = [...this.#list.children].indexOf(item);
    this.#remove(name);
    const { children } = this.#list;
    const next = children[Math.min(at, children.length - 1)]?.querySelector("button");
    const summary = this.#list.parentElement?.querySelector("summary");
    (next ?? summary)?.focus();
  }
}
