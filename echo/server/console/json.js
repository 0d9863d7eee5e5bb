/**
 * JSON, indented for the eye, and otherwise as it came.
 *
 * Knows nothing of the page. To parse it and to write it anew would change it: long
 * numbers, 1.0, and names that are there twice.
 */
// @ts-check

// Deeper ones stay below each other, or a short text could become a very long one.
const deepest = 40;
const tokens = /"(?:[^"\\]+|\\.)*"|[[{]\s*[\]}]|[[{]|[\]}]|[,:]|\s+/g;

/**
 * @param {string} text
 * @returns {string | undefined} An object or array in JSON, one value a line;
 *     nothing if it is neither.
 */
export function indent(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  let depth = 0;
  const newLine = () => `\n${"  ".repeat(Math.min(depth, deepest))}`;
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
      default: // A string, or white space, or brackets with nothing in them.
        return token.startsWith('"') ? token : token.replace(/\s+/g, "");
    }
  });
}
