/**
 * The vertical scale of the chart: which values it spans, and where each stands.
 *
 * It does not use the page.
 */
// @ts-check

/**
 * @typedef {object} Scale
 * @property {number} top Larger values are cut off.
 * @property {(value: number) => number} at The height of a value, from 0 to 1.
 * @property {{at: number, label: string}[]} ticks
 */

/** A maximum above this multiple of the usual one is cut off. */
const outlier = 3;
const usual = 0.95;

/**
 * @param {number[]} maxima Milliseconds. The first message often takes ten times as
 *     long as all others: a few such values do not set the scale.
 * @returns {Scale} A linear scale from 0.
 */
export function linearScale(maxima) {
  const sorted = maxima.toSorted((a, b) => a - b);
  const highest = sorted.at(-1) ?? 0;
  const common = sorted[Math.floor((sorted.length - 1) * usual)] ?? 0;
  const { step, steps } = roundSteps(highest > outlier * common ? common : highest);
  const top = step * steps;
  const ticks = Array.from({ length: steps + 1 }, (_, i) => ({
    at: i / steps,
    label: labelOf(i * step, i === steps),
  }));
  return { top, at: (value) => Math.min(1, value / top), ticks };
}

/**
 * @param {number[]} minima
 * @param {number[]} maxima
 * @returns {Scale} A logarithmic scale of whole decades, which cuts nothing off.
 */
export function logScale(minima, maxima) {
  const low = Math.floor(Math.log10(Math.max(0.001, Math.min(1, ...minima))));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...maxima, 1))));
  const factors = high - low > 2 ? [1] : [1, 2, 5];
  const at = (/** @type {number} */ value) =>
    Math.max(0, (Math.log10(value) - low) / (high - low));
  const ticks = [];
  for (let decade = low; decade < high; decade++) {
    for (const factor of factors) {
      const value = factor * 10 ** decade;
      ticks.push({ at: at(value), label: labelOf(value, false) });
    }
  }
  ticks.push({ at: 1, label: labelOf(10 ** high, true) });
  return { top: 10 ** high, at, ticks };
}

/**
 * @param {number} value
 * @returns {{step: number, steps: number}} Round numbers up to the value.
 */
function roundSteps(value) {
  if (value === 0) return { step: 1, steps: 1 };
  const rough = value / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  return { step, steps: Math.ceil(value / step) };
}

/**
 * @param {number} value
 * @param {boolean} hasUnit
 */
function labelOf(value, hasUnit) {
  return `${Number(value.toPrecision(6))}${hasUnit ? " ms" : ""}`;
}
