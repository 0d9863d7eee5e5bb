/**
 * The fields in the fragment of the page's URL, and the target URL that they make.
 *
 * Anybody can write a fragment. So it fills in fields and does nothing else.
 */
// @ts-check

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

const maxLength = 8192;

/**
 * @param {Field} field
 * @returns {boolean} Whether the value is too long for a URL.
 */
export function isTooLong(field) {
  return field.value.length > maxLength;
}

/**
 * @returns {Field[]} All fields with a name, which is their key in the fragment.
 */
export function findFields() {
  return [
    ...document.querySelectorAll("input[name], select[name], textarea[name]"),
  ].map((field) => /** @type {Field} */ (field));
}

/** @param {Field} field */
function defaultOf(field) {
  if (field instanceof HTMLSelectElement) return field.options[0].value;
  return isCheckbox(field) ? "" : field.defaultValue;
}

/**
 * @param {Field} field
 * @returns {field is HTMLInputElement}
 */
function isCheckbox(field) {
  return field instanceof HTMLInputElement && field.type === "checkbox";
}

/** @param {Field} field */
function valueOf(field) {
  if (isCheckbox(field)) return field.checked ? "1" : "";
  return field.value;
}

/**
 * @param {Field[]} fields
 * @returns {URLSearchParams} The values that differ from the defaults.
 */
export function writeSettings(fields) {
  const settings = new URLSearchParams();
  for (const field of fields) {
    const value = valueOf(field);
    if (value !== defaultOf(field) && !isTooLong(field)) {
      settings.set(field.name, value);
    }
  }
  return settings;
}

/**
 * @param {Field[]} fields
 * @param {URLSearchParams} settings Other fields get their defaults.
 */
export function readSettings(fields, settings) {
  for (const field of fields) {
    const value = (settings.get(field.name) ?? defaultOf(field)).slice(0, maxLength);
    if (isCheckbox(field)) {
      field.checked = value === "1";
    } else if (field instanceof HTMLSelectElement) {
      const options = [...field.options].map((option) => option.value);
      field.value = options.includes(value) ? value : options[0];
    } else {
      field.value = value;
    }
  }
}

/** @returns {string} The URL of this server's endpoint. */
export function ownSocket() {
  const url = new URL("socket", document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href.replace(/[?#].*/, "");
}

/**
 * @param {string} typed A URL, or a path on this host.
 * @param {Field[]} parameters
 * @returns {string} The URL with the query that the parameters make.
 * @throws {Error} It is not a WebSocket URL.
 */
export function buildTarget(typed, parameters) {
  const own = ownSocket();
  // URL would parse "host:1" as a scheme and "[::1]:1" as a path.
  if (/^([\w.-]+|\[[\da-f:.]+\]):\d/i.test(typed)) {
    throw new Error("ws:// or wss:// is missing before the host.");
  }
  if (!URL.canParse(typed, own)) throw new Error("This is not a URL.");
  const url = new URL(typed, own);
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw new Error("A WebSocket URL begins with ws:// or wss://.");
  }
  url.hash = "";
  const pieces = parameters.filter(valueOf).map((field) => {
    return `${field.name}=${encodeURIComponent(valueOf(field).toWellFormed())}`;
  });
  const search = [url.search.replace(/^\?/, ""), ...pieces].filter(Boolean).join("&");
  url.search = search;
  return url.href;
}

/**
 * Move the query of a URL into the fields, so that each parameter is in one place.
 *
 * @param {string} typed
 * @param {Field[]} parameters
 * @returns {string} The URL with the rest of the query.
 */
export function moveToFields(typed, parameters) {
  const [, address, query, rest] = /^([^?#]*)\??([^#]*)(.*)$/s.exec(typed) ?? [];
  /** @type {Set<Field>} */
  const moved = new Set();
  const left = query.split("&").filter((piece) => {
    const parameter = parameters.find(
      (field) => !moved.has(field) && applyPiece(field, piece),
    );
    if (parameter) moved.add(parameter);
    return !parameter;
  });
  return address + (left.join("") && `?${left.join("&")}`) + rest;
}

/**
 * @param {Field} parameter
 * @param {string} piece One "name=value" of a query.
 * @returns {boolean} Whether the field took the value.
 */
function applyPiece(parameter, piece) {
  if (!piece.startsWith(`${parameter.name}=`)) return false;
  const value = decode(piece.slice(parameter.name.length + 1));
  if (!value) return false;
  if (!isCheckbox(parameter)) parameter.value = value;
  else if (value === "0" || value === "1") parameter.checked = value === "1";
  else return false;
  return true;
}

/**
 * @param {string} text
 * @returns {string} Empty if the encoding is invalid: the server reports it.
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
 * @returns {string[]} The subprotocols of a list with commas.
 * @throws {Error} A browser would refuse these.
 */
export function splitSubprotocols(typed) {
  const names = typed.split(/[\s,]+/).filter(Boolean);
  if (!names.every((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name))) {
    throw new Error(
      "A subprotocol is a token: ASCII without spaces, brackets or quotes.",
    );
  }
  if (new Set(names).size < names.length) {
    throw new Error("The same subprotocol stands there twice.");
  }
  return names;
}
