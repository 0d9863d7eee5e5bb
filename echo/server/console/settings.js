/**
 * The set-up in the address of the page, and the URL that it asks for.
 *
 * The fragment is anybody's: it fills in fields, and does nothing else.
 */
// @ts-check

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

const longest = 8192;

/**
 * @param {Field} field
 * @returns {boolean} Whether it is too much for an address.
 */
export function isTooLong(field) {
  return field.value.length > longest;
}

/**
 * @returns {Field[]} Every field with a name: under it, its value is in the fragment.
 */
export function findFields() {
  return [
    ...document.querySelectorAll("input[name], select[name], textarea[name]"),
  ].map((field) => /** @type {Field} */ (field));
}

/** @param {Field} field */
function standard(field) {
  if (field instanceof HTMLSelectElement) return field.options[0].value;
  return isFlag(field) ? "" : field.defaultValue;
}

/**
 * @param {Field} field
 * @returns {field is HTMLInputElement}
 */
function isFlag(field) {
  return field instanceof HTMLInputElement && field.type === "checkbox";
}

/** @param {Field} field */
function valueOf(field) {
  if (isFlag(field)) return field.checked ? "1" : "";
  return field.value;
}

/**
 * @param {Field[]} fields
 * @returns {URLSearchParams} What is not as it was at first.
 */
export function writeSettings(fields) {
  const settings = new URLSearchParams();
  for (const field of fields) {
    const value = valueOf(field);
    if (value !== standard(field) && !isTooLong(field)) {
      settings.set(field.name, value);
    }
  }
  return settings;
}

/**
 * @param {Field[]} fields
 * @param {URLSearchParams} settings What it does not name becomes as it was at first.
 */
export function readSettings(fields, settings) {
  for (const field of fields) {
    const value = (settings.get(field.name) ?? standard(field)).slice(0, longest);
    if (isFlag(field)) {
      field.checked = value === "1";
    } else if (field instanceof HTMLSelectElement) {
      const options = [...field.options].map((option) => option.value);
      field.value = options.includes(value) ? value : options[0];
    } else {
      field.value = value;
    }
  }
}

/** @returns {string} The URL of the socket that belongs to this page. */
export function ownSocket() {
  const url = new URL("socket", document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href.replace(/[?#].*/, "");
}

/**
 * @param {string} typed A URL, or a path of this host.
 * @param {Field[]} knobs
 * @returns {string} The URL with all behaviours that are asked for.
 * @throws {Error} It is not the URL of a WebSocket.
 */
export function buildTarget(typed, knobs) {
  const own = ownSocket();
  // It would be a path, or a scheme, and nobody means that.
  if (/^([\w.-]+|\[[\da-f:.]+\]):\d/i.test(typed)) {
    throw new Error("ws:// or wss:// is missing before the host.");
  }
  if (!URL.canParse(typed, own)) throw new Error("This is not a URL.");
  const url = new URL(typed, own);
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw new Error("A WebSocket URL begins with ws:// or wss://.");
  }
  url.hash = "";
  const asked = knobs.filter(valueOf).map((field) => {
    return `${field.name}=${encodeURIComponent(valueOf(field).toWellFormed())}`;
  });
  const search = [url.search.replace(/^\?/, ""), ...asked].filter(Boolean).join("&");
  url.search = search;
  return url.href;
}

/**
 * Move what a URL asks for to the knobs: then each is in one place.
 *
 * @param {string} typed
 * @param {Field[]} knobs
 * @returns {string} The URL with what no knob can say.
 */
export function moveToKnobs(typed, knobs) {
  const [, address, query, rest] = /^([^?#]*)\??([^#]*)(.*)$/s.exec(typed) ?? [];
  /** @type {Set<Field>} */
  const moved = new Set();
  const left = query.split("&").filter((piece) => {
    const knob = knobs.find((field) => !moved.has(field) && take(field, piece));
    if (knob) moved.add(knob);
    return !knob;
  });
  return address + (left.join("") && `?${left.join("&")}`) + rest;
}

/**
 * @param {Field} knob
 * @param {string} piece Of a query.
 * @returns {boolean} Whether the knob says now what the piece says.
 */
function take(knob, piece) {
  if (!piece.startsWith(`${knob.name}=`)) return false;
  const value = decode(piece.slice(knob.name.length + 1));
  if (!value) return false;
  if (!isFlag(knob)) knob.value = value;
  else if (value === "0" || value === "1") knob.checked = value === "1";
  else return false;
  return true;
}

/**
 * @param {string} text
 * @returns {string} Nothing if it is broken, which the server is to say.
 */
function decode(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return "";
  }
}

/**
 * @param {string} typed
 * @returns {string[]} Subprotocols, of a list with commas.
 * @throws {Error} No browser would ask for these.
 */
export function splitSubprotocols(typed) {
  const names = typed.split(/[\s,]+/).filter(Boolean);
  if (!names.every((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name))) {
    throw new Error("A subprotocol is a token: ASCII without spaces, brackets or quotes.");
  }
  if (new Set(names).size < names.length) {
    throw new Error("The same subprotocol stands there twice.");
  }
  return names;
}
