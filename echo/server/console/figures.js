/**
 * The figures of a connection: their values, their texts, and the difference of two.
 */
// @ts-check

import { formatMilliseconds, formatNumber } from "./dom.js";
import { minPercentiles } from "./roundtrips.js";

/** @typedef {import("./session.js").Session} Session */

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {(session: Session) => number} valueOf
 * @property {(session: Session) => boolean} isExact Otherwise the value is a minimum.
 * @property {number} needed Round trips without which there is no value.
 * @property {(value: number) => string} format
 */

/** The text of a figure without a value. */
const none = "–";

/** @type {Figure[]} */
export const figures = [
  count("sent", ({ sent }) => sent),
  count("received", ({ received }) => received),
  count(
    "waiting",
    ({ unanswered }) => unanswered.count,
    ({ unanswered }) => unanswered.isExact,
  ),
  count(
    "lost",
    ({ lost }) => lost,
    ({ isLostExact }) => isLostExact,
  ),
  time("min", ({ roundTrips }) => roundTrips.min),
  time("mean", ({ roundTrips }) => roundTrips.sum / roundTrips.count),
  time("median", ({ roundTrips }) => roundTrips.quantile(0.5), minPercentiles),
  time("p99", ({ roundTrips }) => roundTrips.quantile(0.99), minPercentiles),
  time("max", ({ roundTrips }) => roundTrips.max),
];

/**
 * @param {string} name
 * @param {Figure["valueOf"]} valueOf
 * @param {Figure["isExact"]} isExact
 * @returns {Figure}
 */
function count(name, valueOf, isExact = () => true) {
  return { name, valueOf, isExact, needed: 0, format: formatNumber };
}

/**
 * @param {string} name
 * @param {Figure["valueOf"]} valueOf
 * @param {number} needed
 * @returns {Figure}
 */
function time(name, valueOf, needed = 1) {
  return { name, valueOf, isExact: () => true, needed, format: formatMilliseconds };
}

/**
 * @param {Figure} figure
 * @param {Session} session
 */
function isKnown({ needed }, { roundTrips }) {
  return roundTrips.count >= needed;
}

/**
 * @param {Figure} figure
 * @param {Session} session
 */
export function textOf(figure, session) {
  if (!isKnown(figure, session)) return none;
  const sign = figure.isExact(session) ? "" : "≥ ";
  return sign + figure.format(figure.valueOf(session));
}

/**
 * @param {Session} session
 * @returns {Record<string, string>} All texts, by name.
 */
export function textsOf(session) {
  return Object.fromEntries(
    figures.map((figure) => [figure.name, textOf(figure, session)]),
  );
}

/**
 * @param {Figure} figure
 * @param {Session} first
 * @param {Session} second
 * @returns {string} What the second has more, with its sign. Minima have no difference.
 */
export function differenceOf(figure, first, second) {
  const isExact = [first, second].every(
    (session) => isKnown(figure, session) && figure.isExact(session),
  );
  if (!isExact) return none;
  const difference = figure.valueOf(second) - figure.valueOf(first);
  const sign = difference > 0 ? "+" : difference < 0 ? "−" : "";
  return sign + figure.format(Math.abs(difference));
}
