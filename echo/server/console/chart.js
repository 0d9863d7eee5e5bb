/**
 * The chart of the last minute's round trips: a canvas in the style sheet's colours.
 *
 * It keeps one bucket for every 200 ms, so the cost does not depend on their number.
 */
// @ts-check

import { formatMilliseconds } from "./dom.js";
import { lengthOf } from "./reconnect.js";
import { linearScale, logScale } from "./scale.js";

const width = 200;
const count = 300;
const margin = 10;

/** @typedef {import("./reconnect.js").Outage} Outage */
/** @typedef {{turn: number, min: number, max: number, sum: number, count: number}} Bucket */

/** @typedef {(pen: CanvasRenderingContext2D, x: number, y: number, size: number) => void} Marker */

/** @type {Marker[]} A disc, and a diamond, which differ without colours as well. */
const markers = [
  (pen, x, y, size) => pen.arc(x, y, size, 0, 7),
  (pen, x, y, size) => {
    pen.moveTo(x, y - 2 * size);
    pen.lineTo(x + 2 * size, y);
    pen.lineTo(x, y + 2 * size);
    pen.lineTo(x - 2 * size, y);
  },
];

/** The chart. */
export class Chart {
  /** Whether the scale is logarithmic. */
  isLogarithmic = false;
  #canvas;
  /** @type {Bucket[][]} Of each connection. */
  #series = [1, 2].map(() => Array.from({ length: count }, () => emptyBucket(-count)));
  /** @type {Outage[]} */
  #outages = [];

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    const redraw = () => this.draw(performance.now());
    new ResizeObserver(redraw).observe(canvas);
    for (const feature of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(feature).addEventListener("change", redraw);
    }
  }

  /** Empty all buckets. */
  clear() {
    for (const bucket of this.#series.flat()) bucket.turn = -count;
    this.#outages = [];
  }

  /** @param {Outage} outage It may go on. */
  addOutage(outage) {
    this.#outages.push(outage);
  }

  /**
   * @param {number} now
   * @returns {Outage[]} The outages of the last minute.
   */
  outages(now) {
    const isInSight = ({ ended = now }) => now - ended < width * count;
    return (this.#outages = this.#outages.filter(isInSight));
  }

  /**
   * @param {number} now
   * @param {number} value Milliseconds.
   * @param {1 | 2} connection
   */
  add(now, value, connection) {
    const turn = Math.floor(now / width);
    const series = this.#series[connection - 1];
    let bucket = series[turn % count];
    if (bucket.turn !== turn) series[turn % count] = bucket = emptyBucket(turn);
    bucket.min = Math.min(bucket.min, value);
    bucket.max = Math.max(bucket.max, value);
    bucket.sum += value;
    bucket.count++;
  }

  /**
   * @param {number} now
   * @returns {boolean} Whether a round trip or an outage is in sight: then the chart
   *     moves on.
   */
  draw(now) {
    const turn = Math.floor(now / width);
    const series = this.#series.map((each) =>
      each.filter((bucket) => bucket.turn > turn - count),
    );
    const buckets = series.flat();
    const pen = this.#prepare();
    if (!pen) return false;
    const maxima = buckets.map((bucket) => bucket.max);
    const scale = this.isLogarithmic
      ? logScale(
          buckets.map((bucket) => bucket.min),
          maxima,
        )
      : linearScale(maxima);
    const style = getComputedStyle(this.#canvas);
    const plot = this.#plot(
      Math.max(...scale.ticks.map(({ label }) => pen.measureText(label).width)) + 8,
      parseFloat(style.fontSize) + margin,
    );
    // These five properties have the forced colours, in a forced palette.
    drawAxes(pen, plot, scale, style.color, style.borderTopColor);
    const outages = this.outages(now);
    drawOutages(pen, plot, outages, now, style.textDecorationColor);
    const colours = [style.outlineColor, style.columnRuleColor];
    for (const [index, each] of series.entries()) {
      drawBuckets(pen, plot, scale, each, turn, colours[index], markers[index]);
    }
    drawCut(pen, plot, scale, buckets, style.color);
    if (!buckets.length && !outages.length) drawNothing(pen, plot, style.color);
    return buckets.length + outages.length > 0;
  }

  /**
   * @param {number} left
   * @param {number} bottom
   */
  #plot(left, bottom) {
    const { clientWidth, clientHeight } = this.#canvas;
    return {
      left,
      top: margin,
      width: Math.max(1, clientWidth - left - margin),
      height: Math.max(1, clientHeight - margin - bottom),
    };
  }

  #prepare() {
    const canvas = this.#canvas;
    const { clientWidth, clientHeight } = canvas;
    const ratio = devicePixelRatio;
    const [wide, high] = [clientWidth, clientHeight].map((size) =>
      Math.round(size * ratio),
    );
    if (canvas.width !== wide) canvas.width = wide;
    if (canvas.height !== high) canvas.height = high;
    const pen = canvas.getContext("2d");
    pen?.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen?.clearRect(0, 0, clientWidth, clientHeight);
    if (pen) pen.font = getComputedStyle(canvas).font;
    return pen;
  }
}

/**
 * @param {number} turn
 * @returns {Bucket}
 */
function emptyBucket(turn) {
  return { turn, min: Infinity, max: 0, sum: 0, count: 0 };
}

/** @typedef {{left: number, top: number, width: number, height: number}} Plot */
/** @typedef {import("./scale.js").Scale} Scale */

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Plot} plot
 * @param {Scale} scale
 * @param {string} ink
 * @param {string} grid
 */
function drawAxes(pen, plot, scale, ink, grid) {
  pen.lineWidth = 1;
  pen.fillStyle = ink;
  pen.strokeStyle = grid;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  for (const { at, label } of scale.ticks) {
    const y = Math.round(plot.top + plot.height * (1 - at)) + 0.5;
    line(pen, plot.left, y, plot.left + plot.width, y);
    pen.fillText(label, plot.left - 6, y);
  }
  pen.textBaseline = "top";
  const room = pen.measureText("−60 s").width * 2;
  const between = [15, 30].find((step) => (plot.width * step) / 60 > room) ?? 60;
  for (let seconds = 0; seconds <= 60; seconds += between) {
    const x = plot.left + plot.width * (1 - seconds / 60);
    pen.textAlign = seconds === 0 ? "right" : seconds === 60 ? "left" : "center";
    pen.fillText(seconds ? `−${seconds} s` : "now", x, plot.top + plot.height + 7);
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Plot} plot
 * @param {Scale} scale
 * @param {Bucket[]} buckets
 * @param {number} turn
 * @param {string} colour
 * @param {Marker} marker Draws the mean.
 */
function drawBuckets(pen, plot, scale, buckets, turn, colour, marker) {
  const each = plot.width / count;
  const bar = Math.max(1.5, each * 0.7);
  const y = (/** @type {number} */ value) =>
    plot.top + plot.height * (1 - scale.at(value));
  pen.fillStyle = colour;
  for (const bucket of buckets) {
    const x = plot.left + plot.width - (turn - bucket.turn + 0.5) * each;
    const high = Math.max(1, y(bucket.min) - y(bucket.max));
    pen.globalAlpha = 0.4;
    pen.fillRect(x - bar / 2, y(bucket.max), bar, high);
    pen.globalAlpha = 1;
    pen.beginPath();
    marker(pen, x, y(bucket.sum / bucket.count), Math.max(2, bar * 0.6));
    pen.fill();
    if (bucket.max > scale.top) drawArrow(pen, x, plot.top);
  }
}

/**
 * Say what the scale cuts off.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Plot} plot
 * @param {Scale} scale
 * @param {Bucket[]} buckets
 * @param {string} ink
 */
function drawCut(pen, plot, scale, buckets, ink) {
  const cut = buckets.filter(({ max }) => max > scale.top);
  if (!cut.length) return;
  const highest = Math.max(...cut.map(({ max }) => max));
  pen.fillStyle = ink;
  pen.textBaseline = "top";
  pen.textAlign = "left";
  const text = `▲ above the scale, up to ${formatMilliseconds(highest)}`;
  pen.fillText(text, plot.left + 4, plot.top + 4, plot.width - 8);
}

/**
 * A triangle for a value above the scale.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {number} x
 * @param {number} top
 */
function drawArrow(pen, x, top) {
  pen.beginPath();
  pen.moveTo(x, top - 6);
  pen.lineTo(x + 4, top + 1);
  pen.lineTo(x - 4, top + 1);
  pen.fill();
}

/**
 * A band for each outage, with its length where the text has space.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Plot} plot
 * @param {Outage[]} outages
 * @param {number} now
 * @param {string} colour
 */
function drawOutages(pen, plot, outages, now, colour) {
  const right = plot.left + plot.width;
  const x = (/** @type {number} */ time) =>
    Math.max(plot.left, right - ((now - time) / (width * count)) * plot.width);
  let free = right;
  pen.fillStyle = pen.strokeStyle = colour;
  pen.textBaseline = "top";
  pen.textAlign = "left";
  for (const outage of outages.toReversed()) {
    const from = x(outage.began);
    const wide = Math.max(2, x(outage.ended ?? now) - from);
    pen.globalAlpha = 0.25;
    pen.fillRect(from, plot.top, wide, plot.height);
    pen.globalAlpha = 1;
    line(pen, from, plot.top, from, plot.top + plot.height);
    const text = `Outage ${lengthOf(outage)}`;
    const label = pen.measureText(text).width + 8;
    const left = from + label < free ? from + 4 : Math.max(plot.left, from - label + 4);
    if (left + label > free) continue;
    pen.fillText(text, left, plot.top + 4);
    free = left;
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Plot} plot
 * @param {string} ink
 */
function drawNothing(pen, plot, ink) {
  pen.fillStyle = ink;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const y = plot.top + plot.height / 2;
  const text = "No round trips in the last minute";
  pen.fillText(text, plot.left + plot.width / 2, y, plot.width);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number} fromX
 * @param {number} fromY
 * @param {number} toX
 * @param {number} toY
 */
function line(pen, fromX, fromY, toX, toY) {
  pen.beginPath();
  pen.moveTo(fromX, fromY);
  pen.lineTo(toX, toY);
  pen.stroke();
}
