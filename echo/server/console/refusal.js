/**
 * Why a handshake failed: a page is not told, so it asks again in plain HTTP.
 */
// @ts-check

const longest = 500;
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
    const text = (await response.text()).trim().slice(0, longest);
    return describe(response.status, text, url.searchParams.get("status"));
  } catch {
    return "It did not open, and the host does not answer HTTP now either.";
  }
}

/**
 * @param {number} status
 * @param {string} text
 * @param {string | null} wanted
 */
function describe(status, text, wanted) {
  if (status !== 426) return `The same URL in plain HTTP: ${status} ${text}`;
  if (wanted) {
    return `It did not open: status=${wanted} asks for a refusal with ${wanted}.`;
  }
  return (
    "It did not open, though its parameters are right. Likely causes: this page's " +
    "origin (--allow-origin, or a proxy that changes Host), too many connections, " +
    "or a subprotocol that was not offered."
  );
}
