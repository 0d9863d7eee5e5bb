/**
 * The chart, the figures, and the same in words for screen readers.
 *
 * They change a few times a second at most, so that people can read them.
 */
// @ts-check

import { escaped } from "./bytes.js";
import { Chart } from "./chart.js";
import { clockResolution } from "./clock.js";
import { byId, formatMilliseconds, formatNumber } from "./dom.js";
import { lengthOf } from "./reconnect.js";
import { minPercentiles } from "./roundtrips.js";

const drawInterval = 200;
const labelInterval = 1000;
const newsInterval = 2000;
const newsCharacters = 80;
const newsDistance = 100;

/** Everything that shows counts and round trips. */
export class Panels {
  chart = new Chart(byId("chart", HTMLCanvasElement));
  /** Whether screen readers hear nothing of new messages. */
  isMuted = false;
  #session;
  #log;
  #timer = 0;
  #drawnAt = -Infinity;
  #labelledAt = -Infinity;
  #announcedAt = -Infinity;
  #announced = 0;

  /**
   * @param {import("./session.js").Session} session
   * @param {import("./log.js").Log} log
   */
  constructor(session, log) {
    this.#session = session;
    this.#log = log;
    document.addEventListener("visibilitychange", () => this.drawSoon());
    const resolution = Math.round(clockResolution() * 1000);
    byId("clock", HTMLElement).textContent =
      `The browser's clock has steps of ${formatNumber(resolution)} µs.`;
  }

  /** Restart for a new connection. */
  reset() {
    this.chart.clear();
    this.#labelledAt = -Infinity;
    this.#announced = 0;
    this.drawSoon();
  }

  /** @param {boolean} isLogarithmic The chart's scale. */
  rescale(isLogarithmic) {
    this.chart.isLogarithmic = isLogarithmic;
    this.drawSoon();
  }

  /** Draw, after the interval. */
  drawSoon() {
    if (this.#timer || document.hidden) return;
    const wait = this.#drawnAt + drawInterval - performance.now();
    this.#timer = setTimeout(() => this.#draw(), Math.max(0, wait));
  }

  #draw() {
    const now = performance.now();
    this.#timer = 0;
    this.#drawnAt = now;
    this.#showFigures();
    const isMoving = this.chart.draw(now);
    if (now - this.#labelledAt >= labelInterval) {
      this.#labelledAt = now;
      byId("chart", HTMLElement).ariaLabel = [
        describe(this.#session.roundTrips),
        ...this.chart.outages(now).map((outage) => `outage of ${lengthOf(outage)}`),
      ].join(", ");
    }
    if (this.isMuted) this.#announced = this.#session.received;
    else if (now - this.#announcedAt >= newsInterval) this.#announce(now);
    if (isMoving || this.#session.received !== this.#announced) this.drawSoon();
  }

  #showFigures() {
    for (const [name, text] of Object.entries(figuresOf(this.#session))) {
      byId(`stat-${name}`, HTMLElement).textContent = text;
    }
    const { count } = this.#session.roundTrips;
    byId("samples", HTMLElement).textContent =
      count < minPercentiles
        ? `Percentiles need ${minPercentiles} round trips: ${formatNumber(count)} so far.`
        : `Percentiles of ${formatNumber(count)} round trips.`;
  }

  /** @param {number} now */
  #announce(now) {
    const count = this.#session.received - this.#announced;
    this.#announced = this.#session.received;
    if (count <= 0) return;
    this.#announcedAt = now;
    let id = this.#log.end - 1;
    const oldest = id - newsDistance;
    while (id > oldest && this.#log.at(id)?.direction !== "received") id--;
    const payload = this.#log.at(id)?.payload ?? "";
    const last =
      typeof payload === "string"
        ? escaped(payload.slice(0, newsCharacters))
        : `${formatNumber(payload.length)} bytes`;
    byId("news", HTMLElement).textContent =
      `${formatNumber(count)} received, latest: ${last}`;
  }
}

/** @param {import("./session.js").Session} session */
function figuresOf({ sent, received, unanswered, lost, isLostExact, roundTrips }) {
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
  return (isExact ? "" : "≥ ") + formatNumber(count);
}

/** @param {import("./roundtrips.js").Distribution} trips */
function timesOf(trips) {
  const { count, min, max, sum } = trips;
  const percentile = (/** @type {number} */ fraction) =>
    formatMilliseconds(
      count < minPercentiles ? undefined : trips.quantile(fraction),
    );
  return {
    min: formatMilliseconds(count ? min : undefined),
    mean: formatMilliseconds(count ? sum / count : undefined),
    median: percentile(0.5),
    p99: percentile(0.99),
    max: formatMilliseconds(count ? max : undefined),
  };
}

/** @param {import("./roundtrips.js").Distribution} trips */
function describe(trips) {
  if (trips.count === 0) return "No round trips yet";
  const { min, mean, median, p99, max } = timesOf(trips);
  const percentiles =
    trips.count < minPercentiles ? "" : ` median ${median}, p99 ${p99},`;
  return (
    `${formatNumber(trips.count)} round trips: minimum ${min}, mean ${mean},` +
    `${percentiles} maximum ${max}`
  );
}
