/**
 * The figures of a connection, as texts.
 */
// @ts-check

import { formatMilliseconds, formatNumber } from "./dom.js";
import { minPercentiles } from "./roundtrips.js";

/** Stands before a count that is a minimum. */
export const atLeast = "≥ ";

/** @param {import("./session.js").Session} session */
export function figuresOf({
  sent,
  received,
  unanswered,
  lost,
  isLostExact,
  roundTrips,
}) {
  return {
    sent: formatNumber(sent),
    received: formatNumber(received),
    waiting: counted(unanswered.count, unanswered.isExact),
    lost: counted(lost, isLostExact),
    ...timesOf(roundTrips),
  };
}

/**
 * @param {number} count
 * @param {boolean} isExact
 */
function counted(count, isExact) {
  return (isExact ? "" : atLeast) + formatNumber(count);
}

/** @param {import("./roundtrips.js").Distribution} trips */
export function timesOf(trips) {
  const { count, min, max, sum } = trips;
  const percentile = (/** @type {number} */ fraction) =>
    formatMilliseconds(count < minPercentiles ? undefined : trips.quantile(fraction));
  return {
    min: formatMilliseconds(count ? min : undefined),
    mean: formatMilliseconds(count ? sum / count : undefined),
    median: percentile(0.5),
    p99: percentile(0.99),
    max: formatMilliseconds(count ? max : undefined),
  };
}
