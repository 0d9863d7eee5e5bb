/**
 * Elements by id, lists of facts, and formats for numbers and times.
 */
// @ts-check

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T} The element.
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new TypeError(`There is no ${type.name} #${id}`);
}

/**
 * @param {string} id A list of descriptions (dl).
 * @param {[string, string][]} facts Names and values.
 */
export function showFacts(id, facts) {
  byId(id, HTMLElement).replaceChildren(
    ...facts.map(([name, value]) => {
      const fact = document.createElement("div");
      const term = document.createElement("dt");
      const definition = document.createElement("dd");
      term.textContent = name;
      definition.textContent = value;
      fact.append(term, definition);
      return fact;
    }),
  );
}

/**
 * @param {number | undefined} value Milliseconds.
 * @returns {string} Three significant digits and the unit.
 */
export function formatMilliseconds(value) {
  if (value === undefined || !Number.isFinite(value)) return "–";
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ms`;
}

const grouped = new Intl.NumberFormat("en");

/**
 * @param {number} value
 * @returns {string} The number with thousands separators.
 */
export function formatNumber(value) {
  return grouped.format(value);
}

/** @param {number} value */
function padded(value, digits = 2) {
  return String(value).padStart(digits, "0");
}

/**
 * @param {number} time Milliseconds since 1970.
 * @returns {string} The local time of day, to the millisecond.
 */
export function formatClock(time) {
  const date = new Date(time);
  const hour = `${padded(date.getHours())}:${padded(date.getMinutes())}`;
  return `${hour}:${padded(date.getSeconds())}.${padded(date.getMilliseconds(), 3)}`;
}

/**
 * @param {number} time Milliseconds since 1970.
 * @returns {string} The local date and time with the UTC offset: ISO 8601.
 */
export function formatLocalTime(time) {
  const date = new Date(time);
  const month = `${date.getFullYear()}-${padded(date.getMonth() + 1)}`;
  const ahead = -date.getTimezoneOffset();
  const hours = padded(Math.floor(Math.abs(ahead) / 60));
  const offset = `${ahead < 0 ? "-" : "+"}${hours}:${padded(Math.abs(ahead) % 60)}`;
  return `${month}-${padded(date.getDate())}T${formatClock(time)}${offset}`;
}

/**
 * @param {number | undefined} since Milliseconds.
 * @returns {string} Seconds since the connection opened, or an empty text.
 */
export function formatElapsed(since) {
  return since === undefined ? "" : `+${(since / 1000).toFixed(3)} s`;
}
