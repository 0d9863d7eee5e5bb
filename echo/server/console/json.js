/**
 * Indented JSON, otherwise unchanged.
 *
 * It does not use the page. JSON.parse and JSON.stringify would change long numbers,
 * 1.0 and duplicate keys.
 */
// @ts-check

// Levels. A deep and short text would become very long.
const maxIndent = 40;
const tokens = /"(?:[^"\\]+|\\.)*"|[[{]\s*[\]}]|[[{]|[\]}]|[,:]|\s+/g;

/**
 * @param {string} text
 * @returns {string | undefined} The text with one value a line; undefined if it is no
 *     JSON object or array.
 */
export function indent(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  let depth = 0;
  const newLine = () => `\n${"  ".repeat(Math.min(depth, maxIndent))}`;
  return text.replace(tokens, (token) => {
    switch (token) {
      case "[":
      case "{":
        depth++;
        return token + newLine();
      case "]":
      case "}":
        depth--;
        return newLine() + token;
      case ",":
        return token + newLine();
      case ":":
        return ": ";
      default: // a string, white space, or an empty object or array
        return token.startsWith('"') ? token : token.replace(/\s+/g, "");
    }
  });
}
