/**
 * Behaviours that no browser shows, and the command for the same in a terminal.
 */
// @ts-check

/** @type {Record<string, (target: string) => string>} */
const hiddenEffects = {
  nopong: (target) =>
    "nopong: the server does not answer pings. Browsers send none. In a terminal, " +
    `use echo-client ${argumentsFor(target)}.`,
  ping: () =>
    "ping: browsers answer pings and do not show them. A packet capture does.",
  fragment: () =>
    "fragment: browsers show whole messages, never their frames. " +
    "A packet capture does.",
};

/**
 * @param {string} target A URL.
 * @param {string[]} [subprotocols]
 * @returns {string} The arguments of echo-client, quoted for a shell.
 */
export function argumentsFor(target, subprotocols = []) {
  const options = subprotocols.flatMap((name) => ["--subprotocol", name]);
  if (isRequested(target, "nopong")) options.unshift("--ping");
  return [...options, target].map(quoteForShell).join(" ");
}

/**
 * @param {string} target A URL.
 * @returns {string} The requested behaviours that a browser does not show, and what
 *     shows them.
 */
export function describeHidden(target) {
  const names = Object.keys(hiddenEffects).filter((name) => isRequested(target, name));
  return names.map((name) => hiddenEffects[name](target)).join(" ");
}

/**
 * @param {string} target
 * @param {string} name
 */
function isRequested(target, name) {
  return !["", "0"].includes(new URL(target).searchParams.get(name) ?? "");
}

/**
 * @param {string} text
 * @returns {string} One word of a shell command.
 */
function quoteForShell(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
