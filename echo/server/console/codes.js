/**
 * Close codes and their meanings (RFC 6455 section 7.4, and IANA's registry).
 */
// @ts-check

/** @type {Record<number, string>} */
const meanings = {
  1000: "normal closure",
  1001: "going away: the server shuts down, or the browser leaves the page",
  1002: "protocol error",
  1003: "unsupported data: this type of message is not accepted",
  1005: "no code: the close frame was empty",
  1006:
    "no close frame: the connection was lost, or the browser failed it. " +
    "The browser's developer tools may show the cause",
  1007: "invalid data, such as text that is not UTF-8",
  1008: "policy violation",
  1009: "message too big",
  1010: "the server did not accept an extension that the client needs",
  1011: "internal server error",
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
  if (code >= 3000 && code < 4000) return "registered for libraries and frameworks";
  if (code >= 4000 && code < 5000) return "private use: the application defines it";
  return "not a close code of RFC 6455";
}

/**
 * @param {string} text
 * @returns {number | undefined} A code that a browser lets a page send.
 */
export function sendableCode(text) {
  const code = /^\d{4}$/.test(text) ? Number(text) : 0;
  return code === 1000 || (code >= 3000 && code < 5000) ? code : undefined;
}
