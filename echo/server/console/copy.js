/**
 * The clipboard, also where the page came without TLS and has none.
 */
// @ts-check

import { byId } from "./dom.js";

const shownFor = 3000;
let timer = 0;

/**
 * @param {string} text
 * @param {string} what Its name, to say that it is done.
 * @param {string} [lack] What is missing in it.
 */
export async function copy(text, what, lack = "") {
  const isDone = await write(text);
  const note = byId("copied", HTMLElement);
  note.textContent = isDone ? `${what} copied${lack}` : "The browser refused to copy";
  clearTimeout(timer);
  timer = setTimeout(() => (note.textContent = ""), shownFor);
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
  const isDone = document.execCommand("copy");
  area.remove();
  if (activeElement instanceof HTMLElement) activeElement.focus();
  return isDone;
}
