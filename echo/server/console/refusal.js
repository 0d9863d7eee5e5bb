/**
 * Why a handshake failed: a page is not told, so it asks again in plain HTTP.
 */
// @ts-check

import { ownSocket } from "./settings.js";

const longest = 300;
const patience = 5000;

/**
 * @param {string} target The URL of a socket that did not open.
 * @returns {Promise<string>} What can be known.
 */
export async function explainRefusal(target) {
  const url = new URL(target);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  if (url.origin !== location.origin) {
    return (
      "It did not open, and a page is not told why: the name, the port, the " +
      "certificate, the answer to the upgrade, or this page's origin. " +
      "echo-client tells."
    );
  }
  // With them, a page may not fetch it at all.
  url.username = url.password = "";
  try {
    const signal = AbortSignal.timeout(patience);
    const response = await fetch(url, {
      cache: "no-store",
      redirect: "manual",
      signal,
    });
    return describe(await whatIsThere(response), url);
  } catch {
    return "It did not open, and the host does not answer HTTP now either.";
  }
}

/** @param {Response} response */
async function whatIsThere(response) {
  const type = response.headers.get("Content-Type") ?? "";
  const isPlain = type.startsWith("text/plain");
  const text = isPlain ? (await response.text()).trim() : "";
  return {
    status: response.status,
    isPage: type.startsWith("text/html"),
    line: text.length <= longest && !/[\r\n]/.test(text) ? text : "",
  };
}

/**
 * @param {{status: number, isPage: boolean, line: string}} answer
 * @param {URL} url
 */
function describe({ status, isPage, line }, url) {
  const own = ownSocket();
  const isElsewhere = url.pathname !== new URL(own).pathname;
  if (isElsewhere && (isPage || status === 404)) {
    const what = isPage ? "a web page, and not a WebSocket" : "nothing (404)";
    return `It did not open: at this address there is ${what}. Did you mean ${own}?`;
  }
  if (status !== 426) {
    const said = isPage ? "a web page, and not a WebSocket" : line;
    return `The same URL in plain HTTP: ${status} ${said}`.trim();
  }
  const wanted = url.searchParams.get("status");
  if (wanted) {
    return `It did not open: status=${wanted} asks for a refusal with ${wanted}.`;
  }
  return (
    "It did not open, though its parameters are right. Likely causes: this page's " +
    "origin (--allow-origin, or a proxy that changes Host), too many connections, " +
    "or a subprotocol that was not offered."
  );
}
