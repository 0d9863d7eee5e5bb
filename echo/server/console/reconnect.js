/**
 * The attempts to connect again after a loss, as echo-client --reconnect makes them.
 *
 * It does not use the page. session.js owns the sockets and decides what a loss is.
 */
// @ts-check

const firstDelay = 100;
const growth = 1.1;
const maxDelay = 3000;
// Clients should not reconnect at the same time.
const maxJitter = 50;

/**
 * @typedef {object} Outage A time without a connection.
 * @property {number} began
 * @property {number | undefined} ended
 * @property {number} attempts
 */

/** One outage at a time. */
export class Reconnect {
  /** Whether to connect again after a loss. */
  isOn = false;
  /** @type {Outage | undefined} The present outage, while attempts may end it. */
  outage;
  /** Attempts since a connection has lasted: they set the delay. */
  #futile = 0;
  #timer = 0;
  #attempt;

  /** @param {() => void} attempt Connects again. */
  constructor(attempt) {
    this.#attempt = attempt;
  }

  /**
   * Begin an outage.
   *
   * @param {number} opened The time when the lost connection had opened.
   * @returns {Outage}
   */
  begin(opened) {
    const began = performance.now();
    // A server may close each new connection at once: then the pauses grow.
    if (began - opened > maxDelay) this.#futile = 0;
    this.outage = { began, ended: undefined, attempts: 0 };
    this.wait();
    return this.outage;
  }

  /** Wait, then attempt to connect. */
  wait() {
    const delay = Math.min(firstDelay * growth ** this.#futile, maxDelay);
    this.#timer = setTimeout(
      () => {
        if (this.outage) this.outage.attempts++;
        this.#futile++;
        this.#attempt();
      },
      delay + Math.random() * maxJitter,
    );
  }

  /** @returns {Outage | undefined} The outage that ends now, if there is one. */
  end() {
    clearTimeout(this.#timer);
    const { outage } = this;
    if (outage) outage.ended = performance.now();
    this.outage = undefined;
    return outage;
  }
}

/**
 * @param {Outage} outage
 * @returns {string} Its length in seconds, so far.
 */
export function lengthOf({ began, ended = performance.now() }) {
  const seconds = (ended - began) / 1000;
  return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
}

/**
 * @param {Outage} outage
 * @returns {string} Its length and the attempts.
 */
export function describeOutage(outage) {
  const { attempts } = outage;
  const counted = `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  return `${lengthOf(outage)}, ${counted}`;
}
