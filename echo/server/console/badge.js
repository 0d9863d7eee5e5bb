/**
 * The state of the connection, where it cannot be missed: at the top of the page,
 * in its title, and in its icon.
 */
// @ts-check

import { visible } from "./bytes.js";
import { closeMeaning } from "./codes.js";
import { byId } from "./dom.js";

// With every character in escapes, a reason could fill the page.
const longestShown = 123;

const texts = {
  idle: "Not connected",
  connecting: "Connecting…",
  open: "Connected",
  closing: "Closing…",
  closed: "Closed",
};

const fates = {
  "": "",
  refused: "Refused",
  cancelled: "Cancelled",
  "given up": "Given up",
};

const actions = {
  idle: "Connect",
  connecting: "Cancel",
  open: "Disconnect",
  closing: "Give up",
  closed: "Connect",
};

const explanations = {
  "": "",
  refused: "", // It takes a while to know more than the code.
  cancelled: "You cancelled the connection before it opened.",
  "given up": "The server has not answered the close.",
};

// Discs on the icon, which stay apart without their colours.
const marks = {
  idle: "",
  connecting:
    '<circle cx="24" cy="24" r="7" fill="#fff" stroke="#b45309" stroke-width="3"/>',
  open: '<circle cx="24" cy="24" r="8" fill="#16a34a" stroke="#fff" stroke-width="2"/>',
  closing:
    '<circle cx="24" cy="24" r="7" fill="#fff" stroke="#b45309" stroke-width="3"/>',
  closed:
    '<circle cx="24" cy="24" r="8" fill="#dc2626" stroke="#fff" stroke-width="2"/>' +
    '<path d="m21 21 6 6m0-6-6 6" stroke="#fff" stroke-width="2"/>',
};

/** Let nothing that is scrolled to be behind it, such as what has the focus. */
export function keepClear() {
  const bar = /** @type {HTMLElement} */ (byId("state", HTMLElement).parentElement);
  new ResizeObserver(() => {
    document.documentElement.style.scrollPaddingTop = `${bar.offsetHeight}px`;
  }).observe(bar);
}

/**
 * @param {import("./session.js").Session} session
 * @param {string} [explanation] Why it did not open.
 */
export function showState(session, explanation = "") {
  const { state, ending, fate } = session;
  const badge = byId("state", HTMLElement);
  const text = fates[fate] || (ending ? closedText(ending) : texts[state]);
  badge.dataset.state = state;
  badge.dataset.ending = howEnded(session);
  badge.textContent = text;
  byId("close-meaning", HTMLElement).textContent =
    explanation || explanations[fate] || (ending ? describe(session, ending) : "");
  byId("connect", HTMLElement).textContent = actions[state];
  document.title = `${text} – echo`;
  byId("icon", HTMLLinkElement).href = `data:image/svg+xml,${encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">' +
      '<rect width="32" height="32" rx="8" fill="#0b6bcb"/><g fill="none" stroke="#fff" ' +
      'stroke-width="3" stroke-linecap="round" stroke-linejoin="round">' +
      `<path d="M8 12h14l-4-4M24 20H10l4 4"/></g>${marks[state]}</svg>`,
  )}`;
}

/** @param {import("./session.js").Session} session */
function howEnded({ ending, fate, isOurs }) {
  if (fate === "cancelled") return "clean";
  if (ending ? !ending.wasClean : fate) return "lost";
  return ending && !isOurs ? "theirs" : "clean";
}

/** @param {CloseEvent} ending */
function closedText({ code, reason }) {
  if (!reason) return `Closed ${code}`;
  const shown = visible(reason);
  const isLong = shown.length > longestShown;
  return `Closed ${code} "${isLong ? `${shown.slice(0, longestShown)}…` : shown}"`;
}

/**
 * @param {import("./session.js").Session} session
 * @param {CloseEvent} ending
 */
function describe({ url, fate }, { code, wasClean }) {
  const isToCut = new URL(url).searchParams.get("abort") === "1";
  const meaning =
    isToCut && code === 1006 && !fate
      ? "no close frame: the server reset the connection, as abort=1 requests"
      : closeMeaning(code);
  const clean = wasClean
    ? "The close was clean: both sides sent a close frame (wasClean)."
    : "The close was not clean (wasClean is false).";
  return `${code}: ${meaning}. ${clean}`;
}
