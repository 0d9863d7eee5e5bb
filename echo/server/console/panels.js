/**
 * The chart, the figures, and the same in words for screen readers.
 *
 * They change a few times a second at most, so that people can read them.
 */
// @ts-check

import { escaped } from "./bytes.js";
import { Chart } from "./chart.js";
import { clockResolution } from "./clock.js";
import { showComparison } from "./comparison.js";
import { byId, formatNumber } from "./dom.js";
import { textsOf } from "./figures.js";
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
  /** Whether the latest connection is compared with a second one. */
  #isComparing = false;
  #session;
  #second;
  #log;
  #timer = 0;
  #drawnAt = -Infinity;
  #labelledAt = -Infinity;
  #announcedAt = -Infinity;
  #announced = 0;

  /**
   * @param {import("./session.js").Session} session
   * @param {import("./session.js").Session} second
   * @param {import("./log.js").Log} log
   */
  constructor(session, second, log) {
    this.#session = session;
    this.#second = second;
    this.#log = log;
    document.addEventListener("visibilitychange", () => this.drawSoon());
    const resolution = Math.round(clockResolution() * 1000);
    byId("clock", HTMLElement).textContent =
      `The browser's clock has steps of ${formatNumber(resolution)} µs.`;
  }

  /**
   * Restart for a new connection.
   *
   * @param {boolean} isComparing Whether there are two.
   */
  reset(isComparing) {
    this.#isComparing = isComparing;
    byId("statistics", HTMLElement).hidden = isComparing;
    for (const id of ["comparison", "compared-states"]) {
      byId(id, HTMLElement).hidden = !isComparing;
    }
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
        describe(this.#session),
        ...(this.#isComparing ? [`second connection: ${describe(this.#second)}`] : []),
        ...this.chart.outages(now).map((outage) => `outage of ${lengthOf(outage)}`),
      ].join(", ");
    }
    if (this.isMuted) this.#announced = this.#session.received;
    else if (now - this.#announcedAt >= newsInterval) this.#announce(now);
    if (isMoving || this.#session.received !== this.#announced) this.drawSoon();
  }

  #showFigures() {
    for (const [name, text] of Object.entries(textsOf(this.#session))) {
      byId(`stat-${name}`, HTMLElement).textContent = text;
    }
    if (this.#isComparing) showComparison(this.#session, this.#second);
    const count = this.#isComparing
      ? Math.min(this.#session.roundTrips.count, this.#second.roundTrips.count)
      : this.#session.roundTrips.count;
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
function describe(session) {
  const { count } = session.roundTrips;
  if (count === 0) return "No round trips yet";
  const { min, mean, median, p99, max } = textsOf(session);
  const percentiles = count < minPercentiles ? "" : ` median ${median}, p99 ${p99},`;
  return (
    `${formatNumber(count)} round trips: minimum ${min}, mean ${mean},` +
    `${percentiles} maximum ${max}`
  );
}
