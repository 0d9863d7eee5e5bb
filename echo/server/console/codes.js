/**
 * Close codes: what RFC 6455 (section 7.4) and the IANA registry say they mean.
 */
// @ts-check

/** @type {Record<number, string>} */
const meanings = {
  1000: "normal closure",
  1001: "going away: the server stops, or the page is left",
  1002: "protocol error",
  1003: "unsupported data: this type of message is not taken",
  1005: "no code: the close frame was empty",
  1006:
    "no close frame: the connection was lost, or the browser gave it up: " +
    "the browser's developer tools say why",
  1007: "invalid data: text that is not UTF-8, for one",
  1008: "policy violation",
  1009: "message too big",
  1010: "the server lacks an extension that was needed",
  1011: "internal error of the server",
  1012: "service restart",
  1013: "try again later",
  1014: "bad gateway",
  1015: "TLS handshake failed",
};

/**
 * @param {number} code
 * @returns {string} Its meaning.
 */
export function closeMeaning(code) {
  if (code in meanings) return meanings[code];
  if (code >= 1000 && code < 3000) return "reserved for the protocol, not assigned";
  if (code >= 3000 && code < 4000) return "for libraries and frameworks, registered";
  if (code >= 4000 && code < 5000) return "private use: ask the application";
  return "not a close code of RFC 6455";
}

/**
 * @param {string} text
 * @returns {number | undefined} A code that a page may send, or nothing.
 */
export function sendableCode(text) {
  const code = /^\d{4}$/.test(text) ? Number(text) : 0;
  return code === 1000 || (code >= 3000 && code < 5000) ? code : undefined;
}
