/**
 * The state of the connection: at the top of the page, in its title and in its icon.
 */
// @ts-check

import { escaped } from "./bytes.js";
import { closeMeaning } from "./codes.js";
import { byId } from "./dom.js";

// Characters. Each character of a reason may become an escape of several.
const maxReason = 123;

const stateTexts = {
  idle: "Not connected",
  connecting: "Connecting…",
  open: "Connected",
  closing: "Closing…",
  waiting: "Reconnecting…",
  closed: "Closed",
};

const outcomeTexts = {
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
  waiting: "Stop",
  closed: "Connect",
};

const explanations = {
  "": "",
  refused: "", // refusal.js finds the cause later.
  cancelled: "You cancelled the connection before it opened.",
  "given up": "The server has not answered the close.",
};

// Discs on the icon, distinct without colours as well.
const hollowDisc =
  '<circle cx="24" cy="24" r="7" fill="#fff" stroke="#b45309" stroke-width="3"/>';
const iconMarks = {
  idle: "",
  connecting: hollowDisc,
  open: '<circle cx="24" cy="24" r="8" fill="#16a34a" stroke="#fff" stroke-width="2"/>',
  closing: hollowDisc,
  waiting: hollowDisc,
  closed:
    '<circle cx="24" cy="24" r="8" fill="#dc2626" stroke="#fff" stroke-width="2"/>' +
    '<path d="m21 21 6 6m0-6-6 6" stroke="#fff" stroke-width="2"/>',
};

/**
 * Measure the header and what is above the conversation, for the style sheets: an
 * element that is scrolled into sight must not hide behind the header.
 */
export function measureTop() {
  const [bar, main] = [
    document.querySelector("header"),
    document.querySelector("main"),
  ];
  if (!bar || !main) return;
  const { style } = document.documentElement;
  const measure = () => {
    style.scrollPaddingTop = `${bar.offsetHeight}px`;
    style.setProperty("--above", `${main.offsetTop}px`);
  };
  const observer = new ResizeObserver(measure);
  for (const element of [bar, main]) observer.observe(element);
}

/**
 * @param {import("./session.js").Session} session
 * @returns {string} Its state, or how it ended.
 */
export function stateText({ closeEvent, outcome, reconnect, state }) {
  // An attempt is too short to be shown.
  if (reconnect.outage) return stateTexts.waiting;
  if (outcome) return outcomeTexts[outcome];
  return closeEvent && state === "closed" ? closedText(closeEvent) : stateTexts[state];
}

/**
 * @param {import("./session.js").Session} session
 * @param {string} [explanation] The cause of a refusal.
 */
export function showState(session, explanation = "") {
  const { closeEvent, outcome } = session;
  const state = session.reconnect.outage ? "waiting" : session.state;
  const badge = byId("state", HTMLElement);
  const text = stateText(session);
  badge.dataset.state = state;
  badge.dataset.ending = endingKind(session);
  // Screen readers repeat what is set again.
  if (badge.textContent !== text) badge.textContent = text;
  byId("close-meaning", HTMLElement).textContent =
    explanation ||
    explanations[outcome] ||
    (closeEvent ? describe(session, closeEvent) : "");
  byId("connect", HTMLElement).textContent = actions[state];
  document.title = `${text} – echo`;
  byId("icon", HTMLLinkElement).href = `data:image/svg+xml,${encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">' +
      '<rect width="32" height="32" rx="8" fill="#0b6bcb"/><g fill="none" stroke="#fff" ' +
      'stroke-width="3" stroke-linecap="round" stroke-linejoin="round">' +
      `<path d="M8 12h14l-4-4M24 20H10l4 4"/></g>${iconMarks[state]}</svg>`,
  )}`;
}

/** @param {import("./session.js").Session} session */
function endingKind({ closeEvent, outcome, closedByPage, reconnect }) {
  if (outcome === "cancelled" || reconnect.outage) return "clean";
  if (closeEvent ? !closeEvent.wasClean : outcome) return "lost";
  return closeEvent && !closedByPage ? "theirs" : "clean";
}

/** @param {CloseEvent} closeEvent */
function closedText({ code, reason }) {
  if (!reason) return `Closed ${code}`;
  const text = escaped(reason);
  const isLong = text.length > maxReason;
  return `Closed ${code} "${isLong ? `${text.slice(0, maxReason)}…` : text}"`;
}

/**
 * @param {import("./session.js").Session} session
 * @param {CloseEvent} closeEvent
 */
function describe({ url, outcome }, { code, wasClean }) {
  const isResetRequested = new URL(url).searchParams.get("abort") === "1";
  const meaning =
    isResetRequested && code === 1006 && !outcome
      ? "no close frame: the server reset the connection, as abort=1 requests"
      : closeMeaning(code);
  const clean = wasClean
    ? "The close was clean: both sides sent a close frame (wasClean)."
    : "The close was not clean (wasClean is false).";
  return `${code}: ${meaning}. ${clean}`;
}
