/**
 * The figures of two connections beside each other, and their differences.
 */
// @ts-check

import { byId } from "./dom.js";
import { differenceOf, figures, textOf } from "./figures.js";
import { stateText } from "./state.js";

/** @typedef {import("./session.js").Session} Session */

/**
 * @param {Session} first
 * @param {Session} second
 */
export function showComparison(first, second) {
  const states = `First: ${stateText(first)}. Second: ${stateText(second)}.`;
  const shown = byId("compared-states", HTMLElement);
  // Screen readers repeat what is set again.
  if (shown.textContent !== states) shown.textContent = states;
  for (const figure of figures) {
    const { cells } = byId(`compared-${figure.name}`, HTMLTableRowElement);
    const texts = [
      textOf(figure, first),
      textOf(figure, second),
      differenceOf(figure, first, second),
    ];
    texts.forEach((text, index) => (cells[index + 1].textContent = text));
  }
}
