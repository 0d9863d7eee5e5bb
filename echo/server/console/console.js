/**
 * The console: a WebSocket, talked to by hand.
 *
 * This is the entry: it connects the parts of the page with each other. What is
 * said is kept by session.js and log.js as it happens; the page is drawn when
 * drawing.js says so, and not at all while it is hidden.
 *
 * For tests, window.echoConsole has: log.length, log.entries(index) which is an
 * entry of log.js with 0 for the oldest, and session with state, sent, received.
 */
// @ts-check

import { keepClear, showState } from "./badge.js";
import { visible } from "./bytes.js";
import { sendableCode } from "./codes.js";
import { Composer } from "./composer.js";
import { copy } from "./copy.js";
import { refreshDetails, showDetails } from "./details.js";
import { amount, byId } from "./dom.js";
import { Drawing } from "./drawing.js";
import { effectOf } from "./effect.js";
import { Log } from "./log.js";
import { LogView } from "./logview.js";
import { Matches } from "./matches.js";
import { Panels } from "./panels.js";
import { explainRefusal } from "./refusal.js";
import { Session } from "./session.js";
import { ownSocket } from "./settings.js";
import { Setup } from "./setup.js";
import { tellUnseen } from "./terminal.js";

const untilRevoked = 60_000;
const longestReason = 123;

let isAgain = false;
/** What was asked for, the last time. */
let asked = "";

const log = new Log();
const drawing = new Drawing(log, draw);
const matches = new Matches(log);
const session = new Session(log, {
  changed: stateChanged,
  happened: () => drawing.later(),
  measured: (now, roundTrip) => panels.chart.add(now, roundTrip),
});
const panels = new Panels(session, log);
const view = new LogView(log, matches, () => drawing.soon(), showDetails);
const composer = new Composer((payload) => session.send(payload));
const setup = new Setup(showPending, () => {
  composer.show();
  composer.changed();
  refilter();
});

const pause = byId("pause", HTMLElement);

/**
 * @param {string} id
 * @param {string} type
 * @param {() => void} listener
 */
function on(id, type, listener) {
  byId(id, HTMLElement).addEventListener(type, (event) => {
    if (type === "submit") event.preventDefault();
    listener();
  });
}

// The connection

function isFree() {
  return session.state === "idle" || session.state === "closed";
}

function connect() {
  if (!setup.check()) return;
  try {
    asked = setup.asked;
    session.connect(setup.target, setup.subprotocols);
    composer.reset();
    panels.reset();
  } catch (error) {
    const why = `The browser refused to connect: ${error}`;
    session.note("error", why);
    byId("close-meaning", HTMLElement).textContent = why;
  }
}

/** Connect; if there is a conversation, when it has ended. */
function connectAnew() {
  if (!setup.check() || session.state === "connecting") return;
  isAgain = !isFree();
  if (session.state === "open") session.close(1000);
  else if (!isAgain) connect();
}

function connectOrNot() {
  isAgain = false;
  if (isFree()) connect();
  else if (session.state === "closing") session.giveUp();
  else session.close(session.state === "open" ? 1000 : undefined);
}

/** Say so if what is asked for is not what there is. */
function showPending() {
  const isOther = session.state === "open" && setup.asked !== asked;
  const text = isOther ? "Takes effect on the next connection." : "";
  byId("pending", HTMLElement).textContent = text;
}

async function stateChanged() {
  showState(session);
  showPending();
  drawing.later();
  if (session.state === "open") noteOpen();
  if (session.state !== "closed") return;
  composer.stop();
  const { ending, fate } = session;
  if (isAgain) {
    isAgain = false;
    connect();
  } else if (fate === "refused") {
    const why = visible(await explainRefusal(session.url));
    session.note("error", why);
    if (session.ending !== ending) return;
    showState(session, why);
    setup.blame(why);
  }
}

async function noteOpen() {
  const { url } = session;
  const unseen = tellUnseen(url);
  if (unseen) session.note("note", unseen);
  const effect = await effectOf(url);
  if (effect !== undefined && session.url === url) {
    session.note("note", `in effect: ${visible(effect)}`);
  }
}

on("connect", "click", connectOrNot);
on("connection", "submit", connectAnew);
byId("connection", HTMLFormElement).addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
  // An Enter may also end the composition of a character.
  if (event.isComposing) return;
  event.preventDefault();
  connectAnew();
});
on("closing", "submit", () => {
  const reason = byId("close-reason", HTMLInputElement).value.toWellFormed();
  const code = sendableCode(
    byId("close-code", HTMLInputElement).value.trim() || "1000",
  );
  const error = byId("close-error", HTMLElement);
  error.textContent = "";
  if (session.state !== "open") error.textContent = "Not connected.";
  else if (!code) error.textContent = "Browsers allow 1000 and 3000 to 4999.";
  else if (new Blob([reason]).size > longestReason) {
    error.textContent = `A close reason has ${longestReason} bytes at most.`;
  } else session.close(code, reason);
});

// The log

function draw() {
  view.draw();
  refreshDetails();
  showCount();
  panels.drawSoon();
}

function showCount() {
  const { length } = matches;
  const isAll = length === log.length;
  const parts = [isAll ? amount(length) : `${amount(length)} of ${amount(log.length)}`];
  if (matches.waiting) parts.push(`${amount(matches.waiting)} paused`);
  if (log.dropped) parts.push(`${amount(log.dropped)} oldest dropped`);
  const text = log.length || log.dropped ? parts.join(", ") : "";
  byId("log-count", HTMLElement).textContent = text;
}

function refilter() {
  const show = byId("show", HTMLSelectElement).value;
  const search = byId("search", HTMLInputElement).value;
  // A field that is left tells of its change once more.
  if (matches.filter(show, search)) view.refilter();
}

function closeDetails() {
  view.select();
  byId("log", HTMLElement).focus();
}

for (const type of ["input", "change", "submit"]) on("filter", type, refilter);
on("pause", "click", () => {
  const isPaused = pause.ariaPressed !== "true";
  pause.ariaPressed = String(isPaused);
  matches.pause(isPaused);
  panels.isQuiet = isPaused;
  drawing.soon();
});
on("details-close", "click", closeDetails);
byId("details", HTMLElement).addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeDetails();
});
on("clear", "click", () => {
  log.clear();
  view.reset();
});
on("save", "click", async () => {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(await log.save());
  anchor.download = `echo-${new Date().toISOString().replaceAll(":", "-")}.ndjson`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), untilRevoked);
});

byId("socket", HTMLElement).textContent = ownSocket();
setup.restore();
keepClear();
showState(session);

Object.assign(window, {
  echoConsole: Object.freeze({
    session,
    log: Object.freeze({
      get length() {
        return log.length;
      },
      entries: (/** @type {number} */ index) => log.at(log.first + index),
    }),
  }),
});
