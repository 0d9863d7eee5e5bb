/**
 * The figures of two connections beside each other, and their differences.
 */
// @ts-check

import { byId, formatMilliseconds, formatNumber } from "./dom.js";
import { atLeast, figuresOf } from "./figures.js";
import { minPercentiles } from "./roundtrips.js";
import { stateText } from "./state.js";

/** @typedef {import("./session.js").Session} Session */

/** @type {[string, (session: Session) => number, "count" | "mean" | "percentile"][]} */
const rows = [
  ["sent", ({ sent }) => sent, "count"],
  ["received", ({ received }) => received, "count"],
  ["waiting", ({ unanswered }) => unanswered.count, "count"],
  ["lost", ({ lost }) => lost, "count"],
  ["min", ({ roundTrips }) => roundTrips.min, "mean"],
  ["mean", ({ roundTrips }) => roundTrips.sum / roundTrips.count, "mean"],
  ["median", ({ roundTrips }) => roundTrips.quantile(0.5), "percentile"],
  ["p99", ({ roundTrips }) => roundTrips.quantile(0.99), "percentile"],
  ["max", ({ roundTrips }) => roundTrips.max, "mean"],
];

const needed = { count: 0, mean: 1, percentile: minPercentiles };

/**
 * @param {Session} first
 * @param {Session} second
 */
export function showComparison(first, second) {
  const both = [first, second];
  const figures = both.map(figuresOf);
  const states = both.map(stateText);
  const text = `First: ${states[0]}. Second: ${states[1]}.`;
  const shown = byId("compared-states", HTMLElement);
  // Screen readers repeat what is set again.
  if (shown.textContent !== text) shown.textContent = text;
  for (const [name, valueOf, kind] of rows) {
    const texts = figures.map((each) => String(Reflect.get(each, name)));
    texts.forEach((each, index) => show(name, index, each));
    const isKnown =
      both.every(({ roundTrips }) => roundTrips.count >= needed[kind]) &&
      !texts.some((each) => each.startsWith(atLeast));
    const difference = valueOf(second) - valueOf(first);
    show(name, 2, isKnown ? signed(difference, kind === "count") : "–");
  }
}

/**
 * @param {string} name
 * @param {number} column
 * @param {string} text
 */
function show(name, column, text) {
  const row = byId(`compared-${name}`, HTMLTableRowElement);
  row.cells[column + 1].textContent = text;
}

/**
 * @param {number} difference
 * @param {boolean} isCount
 */
function signed(difference, isCount) {
  const format = isCount ? formatNumber : formatMilliseconds;
  const sign = difference > 0 ? "+" : difference < 0 ? "−" : "";
  return sign + format(Math.abs(difference));
}
