/**
 * The cause of a failed handshake. Browsers hide it, so the page sends a plain HTTP
 * request to the same URL.
 */
// @ts-check

import { ownSocket } from "./settings.js";

const maxLine = 300;
const maxRead = 4096;
const timeout = 5000;

/**
 * @param {string} target The URL of a socket that did not open.
 * @returns {Promise<string>} An explanation.
 */
export async function explainRefusal(target) {
  const url = new URL(target);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  if (url.origin !== location.origin) {
    return (
      "The connection failed. Browsers hide the cause from pages: the host name, " +
      "the port, the certificate, the server's response or this page's origin. " +
      "In a terminal, echo-client shows it."
    );
  }
  // fetch() refuses URLs with user name and password.
  url.username = url.password = "";
  try {
    const signal = AbortSignal.timeout(timeout);
    const response = await fetch(url, {
      cache: "no-store",
      redirect: "manual",
      signal,
    });
    return describe(await summarise(response), url);
  } catch (error) {
    const isSlow = error instanceof DOMException && error.name === "TimeoutError";
    const outcome = isSlow ? `took more than ${timeout / 1000} s` : "failed as well";
    return `The connection failed. A plain HTTP request to the same URL ${outcome}.`;
  }
}

/** @param {Response} response */
async function summarise(response) {
  const type = response.headers.get("Content-Type") ?? "";
  const isPlain = type.startsWith("text/plain");
  const text = isPlain ? (await readStart(response)).trim() : "";
  return {
    status: response.status,
    isRedirect: response.type === "opaqueredirect",
    isPage: type.startsWith("text/html"),
    line: text.length <= maxLine && !/[\r\n]/.test(text) ? text : "",
  };
}

/**
 * @param {Response} response
 * @returns {Promise<string>} The start of its body.
 */
async function readStart({ body }) {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    while (reader && text.length < maxRead) {
      const { done, value } = await reader.read();
      if (done) break;
      text += value;
    }
    // The body may be endless.
    await reader?.cancel();
  } catch {
    return ""; // the status is known
  }
  return text;
}

/**
 * @param {{status: number, isRedirect: boolean, isPage: boolean, line: string}} answer
 * @param {URL} url
 */
function describe({ status, isRedirect, isPage, line }, url) {
  if (isRedirect) {
    return "The server redirects, for example to a login page or to https.";
  }
  const own = ownSocket();
  const isElsewhere = url.pathname !== new URL(own).pathname;
  if (isElsewhere && (isPage || status === 404)) {
    const found = isPage ? "is a web page, not a WebSocket" : "does not exist (404)";
    return `The connection failed: this URL ${found}. Did you mean ${own}?`;
  }
  if (status !== 426) {
    const text = isPage ? "a web page, not a WebSocket" : line;
    return `The server's response to plain HTTP: ${status} ${text}`.trim();
  }
  const wanted = url.searchParams.get("status");
  if (wanted) {
    return `The server refused with ${wanted}, as status=${wanted} requests.`;
  }
  return (
    "The connection failed, although its parameters are valid. Likely causes: this " +
    "page's origin (--allow-origin, or a proxy that changes Host), too many " +
    "connections, or a subprotocol that was not offered."
  );
}
