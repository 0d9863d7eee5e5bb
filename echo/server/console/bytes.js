/**
 * Bytes and text: sizes, hex, Base64, and what of a peer's text may be seen.
 *
 * Knows nothing of the page. Whatever a peer said goes through visible() before
 * it is shown, and into textContent only.
 */
// @ts-check

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * @param {string} text
 * @returns {number} Its bytes in UTF-8, without making them.
 */
export function utf8Length(text) {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // Either half of a surrogate pair is two of the pair's four bytes.
    length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return length;
}

/**
 * @param {string} text
 * @param {number} limit
 * @returns {string} As much of it as fits into so many bytes of UTF-8. It is a
 *     copy: a slice would keep all of the text in memory.
 */
export function cutText(text, limit) {
  const room = new Uint8Array(limit);
  return decoder.decode(room.subarray(0, encoder.encodeInto(text, room).written));
}

/**
 * @param {string} text Pairs of hex digits; white space, colons and commas may
 *     stand between them, and 0x before them.
 * @returns {Uint8Array<ArrayBuffer> | undefined} Nothing if it is not hex.
 */
export function fromHex(text) {
  const words = text.split(/[\s:,]+/).filter(Boolean);
  const runs = words.map((word) => word.replace(/^0x/i, ""));
  // A lone digit would shift all that follow it.
  if (!runs.every((run) => run && run.length % 2 === 0)) return undefined;
  const digits = runs.join("");
  if (/[^0-9a-f]/i.test(digits)) return undefined;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

/**
 * @param {string} text Like that of fromHex(); the last byte may lack its second digit.
 * @returns {RegExp | undefined} What finds these bytes in latin1() of others.
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
 * @returns {string} Pairs of hex digits, with spaces between them.
 */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} Lines of an offset, sixteen bytes, and their ASCII.
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
 * @returns {string} One character for each byte.
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

// Controls, format characters (bidirectional overrides, zero widths), separators
// of lines, halves of surrogate pairs, and what has no glyph of its own.
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/**
 * @param {string} text
 * @param {string} [kept] Characters that may stay as they are.
 * @returns {string} The same with everything invisible as \u{202e}.
 */
export function visible(text, kept = "") {
  return text.replace(unseen, (character) =>
    kept.includes(character)
      ? character
      : `\\u{${Number(character.codePointAt(0)).toString(16)}}`,
  );
}

/**
 * @param {string} text
 * @returns {string} What visible() may have made this of.
 */
export function invisible(text) {
  return text.replace(/\\?u\{([\da-f]{1,5}|10[\da-f]{4})\}/gi, (_, code) =>
    String.fromCodePoint(parseInt(code, 16)),
  );
}
