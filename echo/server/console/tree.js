/**
 * A JSON text as a tree of nested lists, which the user opens and closes.
 *
 * A list is made when it is first opened: a text of 64 KiB can have 32,768 values.
 */
// @ts-check

import { escaped } from "./bytes.js";
import { formatNumber } from "./dom.js";
import { parseValue } from "./json.js";

/** Values that are visible at first. */
const openValues = 100;
const maxChildren = 1000;

/** @typedef {import("./json.js").Value} Value */

/**
 * @param {string} text
 * @returns {HTMLElement | undefined} The tree; undefined if it is no JSON object or
 *     array.
 */
export function makeTree(text) {
  const value = parseValue(text);
  if (!value) return undefined;
  const list = makeElement("ul", "tree");
  list.append(makeItem(value, { values: openValues }));
  return list;
}

/**
 * @param {Value} value
 * @param {{values: number}} budget
 */
function makeItem(value, budget) {
  const item = document.createElement("li");
  if (value.children.length === 0) {
    const isContainer = value.text === "[" || value.text === "{";
    item.append(
      ...labelOf(value),
      isContainer ? value.text + closing(value) : leaf(value),
    );
    return item;
  }
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const { children, text } = value;
  const noun = text === "[" ? "item" : "member";
  const plural = children.length === 1 ? "" : "s";
  const size = makeElement("span", "note");
  size.textContent = `${formatNumber(children.length)} ${noun}${plural}`;
  summary.append(...labelOf(value), `${text}…${closing(value)} `, size);
  details.append(summary);
  details.open = children.length <= budget.values;
  if (details.open) fill(details, value, budget);
  else {
    const once = { once: true };
    const fillLater = () => fill(details, value, { values: openValues });
    details.addEventListener("toggle", fillLater, once);
  }
  item.append(details);
  return item;
}

/**
 * @param {HTMLElement} details
 * @param {Value} value
 * @param {{values: number}} budget
 */
function fill(details, { children }, budget) {
  budget.values -= children.length;
  const list = document.createElement("ul");
  const shown = children.slice(0, maxChildren);
  list.append(...shown.map((child) => makeItem(child, budget)));
  const missing = children.length - shown.length;
  if (missing > 0) {
    const item = makeElement("li", "note");
    item.textContent = `${formatNumber(missing)} more`;
    list.append(item);
  }
  details.append(list);
}

/** @param {Value} value */
function closing({ text }) {
  return text === "[" ? "]" : "}";
}

/** @param {Value} value */
function labelOf({ key }) {
  if (!key) return [];
  const label = makeElement("span", "key");
  label.textContent = escaped(key);
  return [label, ": "];
}

/** @param {Value} value */
function leaf({ text }) {
  const element = makeElement("span", text.startsWith('"') ? "string" : "literal");
  element.textContent = escaped(text);
  return element;
}

/**
 * @param {string} tag
 * @param {string} className
 */
function makeElement(tag, className) {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}
