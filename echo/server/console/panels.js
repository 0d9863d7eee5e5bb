/**
 * The chart and the figures, and the same in words for those who do not see them.
 *
 * They are drawn a few times a second: nobody could read more, or listen to it.
 */
// @ts-check

import { visible } from "./bytes.js";
import { Chart } from "./chart.js";
import { amount, byId, milliseconds } from "./dom.js";

const betweenDrawings = 200;
const betweenLabels = 1000;
const betweenNews = 2000;
const mostOfNews = 80;
const farthestNews = 100;

/** Everything that shows what was counted. */
export class Panels {
  chart = new Chart(byId("chart", HTMLCanvasElement));
  /** Whether nobody wants to hear news. */
  isQuiet = false;
  #session;
  #log;
  #timer = 0;
  #drawnAt = -Infinity;
  #labelledAt = -Infinity;
  #toldAt = -Infinity;
  #told = 0;

  /**
   * @param {import("./session.js").Session} session
   * @param {import("./log.js").Log} log
   */
  constructor(session, log) {
    this.#session = session;
    this.#log = log;
    document.addEventListener("visibilitychange", () => this.drawSoon());
  }

  /** Begin again, for another conversation. */
  reset() {
    this.chart.clear();
    this.#labelledAt = -Infinity;
    this.#told = 0;
    this.drawSoon();
  }

  /** Something was counted. */
  drawSoon() {
    if (this.#timer || document.hidden) return;
    const wait = this.#drawnAt + betweenDrawings - performance.now();
    this.#timer = setTimeout(() => this.#draw(), Math.max(0, wait));
  }

  #draw() {
    const now = performance.now();
    this.#timer = 0;
    this.#drawnAt = now;
    this.#showFigures();
    const isMoving = this.chart.draw(now);
    if (now - this.#labelledAt >= betweenLabels) {
      this.#labelledAt = now;
      byId("chart", HTMLElement).ariaLabel = describe(this.#session.roundTrips);
    }
    if (this.isQuiet) this.#told = this.#session.received;
    else if (now - this.#toldAt >= betweenNews) this.#tell(now);
    if (isMoving || this.#session.received !== this.#told) this.drawSoon();
  }

  #showFigures() {
    const { sent, received, unanswered, roundTrips } = this.#session;
    const figures = {
      sent: amount(sent),
      received: amount(received),
      waiting: (unanswered.isExact ? "" : "≥ ") + amount(unanswered.count),
      ...quantiles(roundTrips),
    };
    for (const [name, text] of Object.entries(figures)) {
      byId(`stat-${name}`, HTMLElement).textContent = text;
    }
  }

  /** @param {number} now */
  #tell(now) {
    const count = this.#session.received - this.#told;
    this.#told = this.#session.received;
    if (count <= 0) return;
    this.#toldAt = now;
    let id = this.#log.end - 1;
    const oldest = id - farthestNews;
    while (id > oldest && this.#log.at(id)?.direction !== "received") id--;
    const payload = this.#log.at(id)?.payload ?? "";
    const last =
      typeof payload === "string"
        ? visible(payload.slice(0, mostOfNews))
        : `${amount(payload.length)} bytes`;
    byId("news", HTMLElement).textContent =
      `${amount(count)} received, latest: ${last}`;
  }
}

/** @param {import("./roundtrips.js").Distribution} trips */
function quantiles(trips) {
  const none = trips.count === 0;
  return {
    min: milliseconds(none ? undefined : trips.min),
    median: milliseconds(none ? undefined : trips.quantile(0.5)),
    p99: milliseconds(none ? undefined : trips.quantile(0.99)),
    max: milliseconds(none ? undefined : trips.max),
  };
}

/** @param {import("./roundtrips.js").Distribution} trips */
function describe(trips) {
  if (trips.count === 0) return "No round trips yet";
  const { min, median, p99, max } = quantiles(trips);
  return (
    `${amount(trips.count)} round trips: minimum ${min}, median ${median}, ` +
    `p99 ${p99}, maximum ${max}`
  );
}
