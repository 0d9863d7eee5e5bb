/**
 * The chart, the figures, and the same in words for screen readers.
 *
 * They change a few times a second at most, so that people can read them.
 */
// @ts-check

import { escaped } from "./bytes.js";
import { Chart } from "./chart.js";
import { byId, formatMilliseconds, formatNumber } from "./dom.js";
import { lengthOf } from "./reconnect.js";

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
  }

  /** Restart for a new connection. */
  reset() {
    this.chart.clear();
    this.#labelledAt = -Infinity;
    this.#announced = 0;
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
    const { sent, received, unanswered, roundTrips } = this.#session;
    const figures = {
      sent: formatNumber(sent),
      received: formatNumber(received),
      waiting: (unanswered.isExact ? "" : "≥ ") + formatNumber(unanswered.count),
      ...quantiles(roundTrips),
    };
    for (const [name, text] of Object.entries(figures)) {
      byId(`stat-${name}`, HTMLElement).textContent = text;
    }
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

/** @param {import("./roundtrips.js").Distribution} trips */
function quantiles(trips) {
  const none = trips.count === 0;
  return {
    min: formatMilliseconds(none ? undefined : trips.min),
    median: formatMilliseconds(none ? undefined : trips.quantile(0.5)),
    p99: formatMilliseconds(none ? undefined : trips.quantile(0.99)),
    max: formatMilliseconds(none ? undefined : trips.max),
  };
}

/** @param {import("./roundtrips.js").Distribution} trips */
function describe(trips) {
  if (trips.count === 0) return "No round trips yet";
  const { min, median, p99, max } = quantiles(trips);
  return (
    `${formatNumber(trips.count)} round trips: minimum ${min}, median ${median}, ` +
    `p99 ${p99}, maximum ${max}`
  );
}
