/**
 * What no browser shows, and the command that asks for the same in a terminal.
 */
// @ts-check

/** @type {Record<string, (target: string) => string>} */
const unseen = {
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
 * @returns {string} What echo-client is to be told, as a shell takes it.
 */
export function argumentsFor(target, subprotocols = []) {
  const options = subprotocols.flatMap((name) => ["--subprotocol", name]);
  if (asks(target, "nopong")) options.unshift("--ping");
  return [...options, target].map(quoteForShell).join(" ");
}

/**
 * @param {string} target A URL.
 * @returns {string} What of it cannot be seen here, and what shows it.
 */
export function tellUnseen(target) {
  const names = Object.keys(unseen).filter((name) => asks(target, name));
  return names.map((name) => unseen[name](target)).join(" ");
}

/**
 * @param {string} target
 * @param {string} name
 */
function asks(target, name) {
  return !["", "0"].includes(new URL(target).searchParams.get(name) ?? "");
}

/**
 * @param {string} text
 * @returns {string} One word of a shell's.
 */
function quoteForShell(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
