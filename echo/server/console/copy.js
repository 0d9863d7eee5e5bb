/**
 * Copying to the clipboard, on pages without TLS as well: they have no Clipboard API.
 */
// @ts-check

import { byId } from "./dom.js";

const messageDuration = 3000;
let timer = 0;

/**
 * @param {string} text
 * @param {string} what The name of the text, for the message.
 * @param {string} [missing] A note on a missing part.
 */
export async function copy(text, what, missing = "") {
  const isCopied = await write(text);
  const note = byId("copied", HTMLElement);
  note.textContent = isCopied
    ? `${what} copied${missing}`
    : "The browser refused to copy";
  clearTimeout(timer);
  timer = setTimeout(() => (note.textContent = ""), messageDuration);
}

/** @param {string} text */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeSelected(text);
  }
}

/** @param {string} text */
function writeSelected(text) {
  const { activeElement } = document;
  const area = document.createElement("textarea");
  area.className = "unseen";
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (activeElement instanceof HTMLElement) activeElement.focus();
  return isCopied;
}
