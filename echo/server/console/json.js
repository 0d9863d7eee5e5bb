/**
 * The values of a JSON text, unchanged.
 *
 * It does not use the page. JSON.parse alone would change long numbers, 1.0 and
 * duplicate keys.
 */
// @ts-check

const tokens = /"(?:[^"\\]+|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g;

/**
 * @typedef {object} Value
 * @property {string} key The name in an object, as written; or an empty text.
 * @property {string} text A string, number or literal as written; or "[" or "{".
 * @property {Value[]} children The values of an object or array.
 */

/**
 * @param {string} text
 * @returns {Value | undefined} Undefined if it is no JSON object or array.
 */
export function parseValue(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  /** @type {Value} */
  const root = { key: "", text: "", children: [] };
  // Recursion would fail on deep texts.
  const open = [root];
  let key = "";
  let latest = "";
  for (const [token] of text.matchAll(tokens)) {
    const { children } = open[open.length - 1];
    if (token === "]" || token === "}") open.pop();
    else if (token === ":") {
      key = latest;
      children.pop();
    } else if (token !== ",") {
      const value = { key, text: token, children: [] };
      children.push(value);
      key = "";
      latest = token;
      if (token === "[" || token === "{") open.push(value);
    }
  }
  return root.children[0];
}
