/**
 * Copying to the clipboard, on pages without TLS as well: they have no Clipboard API.
 */
// @ts-check

import { byId } from "./dom.js";

const messageDuration = 3000;

/**
 * @param {string} text
 * @param {string} what The name of the text, for the message.
 * @param {string} status The element that shows the message.
 * @param {string} [missing] A note on a missing part.
 */
export async function copy(text, what, status, missing = "") {
  const isCopied = await write(text);
  const note = byId(status, HTMLElement);
  const message = isCopied ? `${what} copied${missing}` : "The browser refused to copy";
  note.textContent = message;
  setTimeout(() => {
    if (note.textContent === message) note.textContent = "";
  }, messageDuration);
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
  // Outside an open dialog nothing can be selected.
  (activeElement?.closest("dialog") ?? document.body).append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (activeElement instanceof HTMLElement) activeElement.focus();
  return isCopied;
}
