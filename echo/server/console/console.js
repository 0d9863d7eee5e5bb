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

import { showState } from "./badge.js";
import { visible } from "./bytes.js";
import { sendableCode } from "./codes.js";
import { Composer } from "./composer.js";
import { copy } from "./copy.js";
import { showDetails } from "./details.js";
import { amount, byId } from "./dom.js";
import { Drawing } from "./drawing.js";
import { Log } from "./log.js";
import { LogView } from "./logview.js";
import { Matches } from "./matches.js";
import { Panels } from "./panels.js";
import { explainRefusal } from "./refusal.js";
import { Session } from "./session.js";
import * as settings from "./settings.js";

const untilStored = 300;
const untilRevoked = 60_000;
const longestReason = 123;

let isAgain = false;
let storing = 0;
/** What is asked for: the URL with its knobs, or else what is wrong with it. */
let target = "";
let mistake = "";

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

const fields = settings.findFields();
const knobs = fields.filter((field) => field.closest("#knobs"));
const url = byId("url", HTMLInputElement);
const pause = byId("pause", HTMLElement);
url.defaultValue = settings.ownSocket();

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
  if (mistake) {
    url.focus();
    return;
  }
  try {
    const typed = byId("subprotocols", HTMLInputElement).value;
    session.connect(target, settings.splitSubprotocols(typed));
    composer.reset();
  } catch (error) {
    const why = `The browser refuses: ${error}`;
    session.note("error", why);
    byId("close-meaning", HTMLElement).textContent = why;
  }
}

/** Connect; if there is a conversation, when it has ended. */
function connectAnew() {
  isAgain = session.state === "open";
  if (isAgain) session.close(1000);
  else if (isFree()) connect();
}

async function stateChanged() {
  showState(session);
  drawing.later();
  if (session.state !== "closed") return;
  composer.stop();
  const { ending } = session;
  if (isAgain) {
    isAgain = false;
    connect();
  } else if (session.isRefused) {
    const why = visible(await explainRefusal(target));
    session.note("error", why);
    if (session.ending === ending) showState(session, why);
  }
}

on("connect", "click", () => {
  if (isFree()) connect();
  else session.close(session.state === "open" ? 1000 : undefined);
});
on("connection", "submit", connectAnew);
byId("connection", HTMLFormElement).addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
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
  else if (!code) error.textContent = "A page may send 1000, or 3000 to 4999.";
  else if (new Blob([reason]).size > longestReason) {
    error.textContent = `A reason has at most ${longestReason} bytes.`;
  } else session.close(code, reason);
});

// The set-up

function settingsChanged() {
  try {
    target = settings.buildTarget(url.value.trim(), knobs);
    mistake = "";
  } catch (error) {
    mistake = error instanceof Error ? error.message : String(error);
  }
  url.ariaInvalid = String(mistake !== "");
  const shown = byId("target", HTMLElement);
  shown.textContent = mistake || target;
  shown.classList.toggle("wrong", mistake !== "");
  const { size } = settings.writeSettings(knobs);
  byId("knob-count", HTMLElement).textContent = size ? `${size} set` : "";
}

function store() {
  clearTimeout(storing);
  const kept = String(settings.writeSettings(fields));
  history.replaceState(
    null,
    "",
    kept ? `#${kept}` : location.pathname + location.search,
  );
}

function restore() {
  settings.readSettings(fields, new URLSearchParams(location.hash.slice(1)));
  if (settings.writeSettings(knobs).size) byId("knobs", HTMLDetailsElement).open = true;
  composer.show();
  settingsChanged();
  refilter();
}

// A change may come without an input: it is what scripts and some tools make.
for (const type of ["input", "change"]) {
  document.addEventListener(type, () => {
    settingsChanged();
    // Not with every key: browsers refuse to change the address that often.
    clearTimeout(storing);
    storing = setTimeout(store, untilStored);
  });
  on("filter", type, refilter);
}
addEventListener("hashchange", restore);
on("copy-target", "click", () => copy(target, "URL"));
on("copy-link", "click", () => {
  store();
  copy(location.href, "Link");
});

// The log

function draw() {
  view.draw();
  showCount();
  panels.drawSoon();
}

function showCount() {
  const { length } = matches;
  const isAll = length === log.length;
  const parts = [isAll ? amount(length) : `${amount(length)} of ${amount(log.length)}`];
  if (matches.waiting) parts.push(`${amount(matches.waiting)} wait`);
  if (log.dropped) parts.push(`the oldest ${amount(log.dropped)} dropped`);
  const text = log.length || log.dropped ? parts.join(", ") : "";
  byId("log-count", HTMLElement).textContent = text;
}

function refilter() {
  const show = byId("show", HTMLSelectElement).value;
  matches.filter(show, byId("search", HTMLInputElement).value);
  drawing.soon();
}

on("filter", "submit", refilter);
on("pause", "click", () => {
  const isPaused = pause.ariaPressed !== "true";
  pause.ariaPressed = String(isPaused);
  matches.pause(isPaused);
  drawing.soon();
});
on("clear", "click", () => {
  log.clear();
  view.select();
  refilter();
});
on("save", "click", async () => {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(await log.save());
  anchor.download = `echo-${new Date().toISOString().replaceAll(":", "-")}.ndjson`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), untilRevoked);
});

byId("socket", HTMLElement).textContent = settings.ownSocket();
byId("terminal", HTMLElement).textContent = settings.ownSocket();
restore();
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
