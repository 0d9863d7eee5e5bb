/**
 * The browser's clock, which times the round trips.
 *
 * Chromium's clock has steps of 100 µs, and of 5 µs in pages that are isolated from
 * other origins, as this one is (crossOriginIsolated).
 */
// @ts-check

const enoughSteps = 20;
const longest = 50;

/** @returns {number} The smallest step that was seen, in milliseconds. */
export function clockResolution() {
  const start = performance.now();
  let smallest = Infinity;
  let last = start;
  for (let steps = 0; steps < enoughSteps && last < start + longest;) {
    const now = performance.now();
    if (now === last) continue;
    smallest = Math.min(smallest, now - last);
    last = now;
    steps++;
  }
  return smallest;
}
