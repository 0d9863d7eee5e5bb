/**
 * The applied behaviour: a server may cap a requested value, and /info shows it.
 */
// @ts-check

import { ownSocket } from "./settings.js";

/**
 * @param {string} target The URL of the open connection.
 * @returns {Promise<string | undefined>} The applied query, if it is known and differs
 *     from the requested one.
 */
export async function appliedBehaviour(target) {
  const [address, query] = target.split("?");
  if (!query || address !== ownSocket()) return undefined;
  try {
    const response = await fetch(`info?${query}`, { cache: "no-store" });
    const { applied } = await response.json();
    const differs = typeof applied === "string" && sorted(applied) !== sorted(query);
    return differs ? applied : undefined;
  } catch {
    return undefined; // another server, or an older version
  }
}

/** @param {string} query */
function sorted(query) {
  const parameters = new URLSearchParams(query);
  parameters.sort();
  return String(parameters);
}
