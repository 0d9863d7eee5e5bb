/**
 * What is in effect: a server may set limits to what it is asked for, and its
 * console learns them from /info.
 */
// @ts-check

import { ownSocket } from "./settings.js";

/**
 * @param {string} target The URL of the socket that has opened.
 * @returns {Promise<string | undefined>} What it does, if that is not what was asked
 *     for, as far as that is known.
 */
export async function effectOf(target) {
  const [address, query] = target.split("?");
  if (!query || address !== ownSocket()) return undefined;
  try {
    const response = await fetch(`info?${query}`, { cache: "no-store" });
    const { applied } = await response.json();
    const isOther = typeof applied === "string" && sorted(applied) !== sorted(query);
    return isOther ? applied : undefined;
  } catch {
    return undefined; // It is no echo, or an older one.
  }
}

/** @param {string} query */
function sorted(query) {
  const parameters = new URLSearchParams(query);
  parameters.sort();
  return String(parameters);
}
