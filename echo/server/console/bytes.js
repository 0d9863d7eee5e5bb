/**
 * Bytes and text: sizes, hex, Base64, and escapes for a peer's text.
 *
 * It does not use the page. A peer's text passes through escaped() before it is
 * shown, and only textContent receives it.
 */
// @ts-check

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * @param {string} text
 * @returns {number} The length in bytes of UTF-8.
 */
export function utf8Length(text) {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // Each half of a surrogate pair counts for two of the pair's four bytes.
    length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return length;
}

/**
 * @param {string} text
 * @param {number} limit
 * @returns {string} The start of the text, up to the limit in bytes of UTF-8. It is a
 *     copy: a slice would keep the whole text in memory.
 */
export function cutText(text, limit) {
  const room = new Uint8Array(limit);
  return decoder.decode(room.subarray(0, encoder.encodeInto(text, room).written));
}

/**
 * @param {string} text Pairs of hex digits, with or without white space, colons and
 *     commas between them and 0x before them.
 * @returns {Uint8Array<ArrayBuffer> | undefined} Undefined if it is not hex.
 */
export function fromHex(text) {
  const words = text.split(/[\s:,]+/).filter(Boolean);
  const runs = words.map((word) => word.replace(/^0x/i, ""));
  // A single digit would shift all digits after it.
  if (!runs.every((run) => run && run.length % 2 === 0)) return undefined;
  const digits = runs.join("");
  if (/[^0-9a-f]/i.test(digits)) return undefined;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

/**
 * @param {string} text As for fromHex(). The last byte may lack its second digit.
 * @returns {RegExp | undefined} Finds these bytes in a text made by latin1().
 */
export function hexPattern(text) {
  const whole = fromHex(text);
  const last = text.slice(-1);
  const bytes =
    whole ?? (/[\da-f]/i.test(last) ? fromHex(text.slice(0, -1)) : undefined);
  if (!bytes) return undefined;
  const pieces = Array.from(
    bytes,
    (byte) => `\\x${byte.toString(16).padStart(2, "0")}`,
  );
  if (!whole) pieces.push(`[\\x${last}0-\\x${last}f]`);
  return pieces.length > 0 ? new RegExp(pieces.join("")) : undefined;
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} Pairs of hex digits, separated by spaces.
 */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} Lines with an offset, sixteen bytes and their ASCII characters.
 */
export function hexDump(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const line = bytes.subarray(at, at + 16);
    const ascii = latin1(line).replace(/[^ -~]/g, ".");
    const offset = at.toString(16).padStart(6, "0");
    lines.push(`${offset}  ${toHex(line).padEnd(47)}  ${ascii}`);
  }
  return lines.join("\n");
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} One character a byte.
 */
export function latin1(bytes) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 8192) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  }
  return pieces.join("");
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} Base64.
 */
export function toBase64(bytes) {
  return btoa(latin1(bytes));
}

// Control characters, format characters (bidirectional overrides, zero widths), line
// separators, surrogates, and characters without a standard glyph.
const invisibleCharacters = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/**
 * @param {string} text
 * @param {string} [kept] Characters that are not escaped.
 * @returns {string} The text with invisible characters as \u{202e}.
 */
export function escaped(text, kept = "") {
  return text.replace(invisibleCharacters, (character) =>
    kept.includes(character)
      ? character
      : `\\u{${Number(character.codePointAt(0)).toString(16)}}`,
  );
}

/**
 * @param {string} text
 * @returns {string} The text before escaped().
 */
export function unescaped(text) {
  return text.replace(/\\?u\{([\da-f]{1,5}|10[\da-f]{4})\}/gi, (_, code) =>
    String.fromCodePoint(parseInt(code, 16)),
  );
}
