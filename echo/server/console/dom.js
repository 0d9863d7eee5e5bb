/**
 * The elements of the page, by their ids; and numbers as it shows them.
 */
// @ts-check

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T} The element, which is of that type.
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new TypeError(`There is no ${type.name} #${id}`);
}

/**
 * @param {number | undefined} value Milliseconds.
 * @returns {string} Three digits that count, and the unit.
 */
export function milliseconds(value) {
  if (value === undefined || !Number.isFinite(value)) return "–";
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ms`;
}

const grouped = new Intl.NumberFormat("en");

/**
 * @param {number} value
 * @returns {string} With commas between thousands.
 */
export function amount(value) {
  return grouped.format(value);
}

/** @param {number} value */
function padded(value, digits = 2) {
  return String(value).padStart(digits, "0");
}

/**
 * @param {number} time Milliseconds since 1970.
 * @returns {string} The time of day here, to the millisecond.
 */
export function clock(time) {
  const date = new Date(time);
  const hour = `${padded(date.getHours())}:${padded(date.getMinutes())}`;
  return `${hour}:${padded(date.getSeconds())}.${padded(date.getMilliseconds(), 3)}`;
}

/**
 * @param {number} time Milliseconds since 1970.
 * @returns {string} The same with its date, and what "here" is: ISO 8601.
 */
export function localTime(time) {
  const date = new Date(time);
  const month = `${date.getFullYear()}-${padded(date.getMonth() + 1)}`;
  const ahead = -date.getTimezoneOffset();
  const hours = padded(Math.floor(Math.abs(ahead) / 60));
  const offset = `${ahead < 0 ? "-" : "+"}${hours}:${padded(Math.abs(ahead) % 60)}`;
  return `${month}-${padded(date.getDate())}T${clock(time)}${offset}`;
}

/**
 * @param {number | undefined} since Milliseconds.
 * @returns {string} Seconds since the connection opened, or nothing.
 */
export function elapsed(since) {
  return since === undefined ? "" : `+${(since / 1000).toFixed(3)} s`;
}
