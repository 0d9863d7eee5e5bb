/**
 * The entry: it creates the parts of the page and connects them.
 *
 * session.js and log.js keep the messages as they arrive. drawing.js decides when
 * the page is drawn; a hidden page is not drawn.
 *
 * For tests, window.echoConsole has log.length; log.entries(index), an entry of
 * log.js, where 0 is the oldest; and session, with state, sent and received.
 */
// @ts-check

import { appliedBehaviour } from "./applied.js";
import { escaped } from "./bytes.js";
import { sendableCode } from "./codes.js";
import { Composer } from "./composer.js";
import { copy } from "./copy.js";
import {
  copyPayload,
  refreshDetails,
  selectedPayload,
  showDetails,
} from "./details.js";
import { byId, formatNumber } from "./dom.js";
import { Drawing } from "./drawing.js";
import { HistoryMenu } from "./historymenu.js";
import { InfoPanel } from "./info.js";
import { Log } from "./log.js";
import { LogView } from "./logview.js";
import { Matches } from "./matches.js";
import { Panels } from "./panels.js";
import { explainRefusal } from "./refusal.js";
import { Session } from "./session.js";
import { ownSocket } from "./settings.js";
import { Setup } from "./setup.js";
import { measureTop, showState } from "./state.js";
import { describeHidden } from "./terminal.js";

const revokeDelay = 60_000;
const longestReason = 123;

/** Whether to connect with the present fields once the connection has ended. */
let isConnectingAnew = false;
/** The request of the latest connection. */
let request = "";

const log = new Log();
const drawing = new Drawing(log, draw);
const matches = new Matches(log);
const session = makeSession(1, stateChanged);
/** The connection that is compared with the first one. */
const second = makeSession(2, secondChanged);
const sessions = [session, second];
const panels = new Panels(session, second, log);
const view = new LogView(log, matches, () => drawing.soon(), showDetails);
const earlier = new HistoryMenu();
const composer = new Composer(
  send,
  () => earlier.add(),
  () => {
    if (isDisconnected()) connect();
  },
);
const setup = new Setup(showPending, () => {
  composer.show();
  composer.changed();
  earlier.show();
  refilter();
  setReconnect();
  rescale();
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

/**
 * @param {1 | 2} connection
 * @param {() => void} changed
 */
function makeSession(connection, changed) {
  const listener = {
    stateChanged: changed,
    logged: () => drawing.later(),
    measured: (/** @type {number} */ now, /** @type {number} */ roundTrip) =>
      panels.chart.add(now, roundTrip, connection),
    lost: (/** @type {import("./reconnect.js").Outage} */ outage) =>
      panels.chart.addOutage(outage),
  };
  return new Session(log, listener, connection);
}

function isDisconnected() {
  return sessions.every(({ isEnded }) => isEnded);
}

/** Whether the next message is sent on the second connection first. */
let isSecondFirst = false;

/**
 * Send a message on each open connection. They take turns in being the first, so that
 * neither always waits for the other.
 *
 * @param {import("./composer.js").Payload} payload
 * @returns {string | undefined} An error.
 */
function send(payload) {
  const open = sessions.filter(({ state }) => state === "open");
  if (open.length < 2) return (open[0] ?? session).send(payload);
  if (isSecondFirst) open.reverse();
  isSecondFirst = !isSecondFirst;
  return open.map((each) => each.send(payload)).find(Boolean);
}

function connect() {
  if (!setup.check()) return;
  try {
    request = setup.request;
    const { target, secondTarget, subprotocols } = setup;
    session.connect(target, subprotocols);
    composer.reset();
    panels.reset(secondTarget !== "");
    if (secondTarget) second.connect(secondTarget, subprotocols);
  } catch (error) {
    const explanation = `The browser refused to connect: ${error}`;
    session.note("error", explanation);
    byId("close-meaning", HTMLElement).textContent = explanation;
  }
}

/** Connect with the present fields, after closing the open connection. */
function connectAnew() {
  if (!setup.check()) return;
  for (const each of sessions) each.stopReconnecting();
  if (session.state === "connecting") return;
  isConnectingAnew = !isDisconnected();
  if (!isConnectingAnew) connect();
  else for (const each of sessions) if (each.state !== "closing") end(each);
}

function toggleConnection() {
  isConnectingAnew = false;
  // The button is about the first connection.
  if (session.isEnded) connectAnew();
  else for (const each of sessions) end(each);
}

/** @param {Session} each */
function end(each) {
  if (each.reconnect.outage) each.stopReconnecting();
  else if (each.state === "closing") each.giveUp();
  else if (!each.isEnded) each.close(each.state === "open" ? 1000 : undefined);
}

function setReconnect() {
  const { checked } = byId("reconnect", HTMLInputElement);
  for (const each of sessions) {
    each.reconnect.isOn = checked;
    if (!checked) each.stopReconnecting();
  }
}

function rescale() {
  panels.rescale(byId("log-scale", HTMLInputElement).checked);
}

/** Tell the user when the fields differ from the open connection. */
function showPending() {
  const hasChanged = session.state === "open" && setup.request !== request;
  const text = hasChanged ? "Takes effect on the next connection." : "";
  byId("pending", HTMLElement).textContent = text;
}

async function stateChanged() {
  showState(session);
  showPending();
  drawing.later();
  composerFollows();
  const { closeEvent } = session;
  const explanation = await followUp(session);
  if (!explanation || session.closeEvent !== closeEvent) return;
  showState(session, explanation);
  setup.markRefused(explanation);
}

function secondChanged() {
  composerFollows();
  drawing.later();
  followUp(second);
}

/** Tell the composer when each connection is open or has ended. */
function composerFollows() {
  const isOpen = sessions.some(({ state }) => state === "open");
  if (sessions.every(({ state, isEnded }) => state === "open" || isEnded)) {
    composer.connectionsChanged(isOpen);
  }
}

/**
 * Describe an open connection, and explain a refusal, in the log. When all connections
 * have ended, stop repeating, and connect anew if the user asked for it.
 *
 * @param {Session} each
 * @returns {Promise<string | undefined>} The cause of a refusal.
 */
async function followUp(each) {
  if (each.state === "open" && !each.isReopened) describeConnection(each);
  if (each.state !== "closed") return undefined;
  if (isDisconnected()) {
    composer.stop();
    if (isConnectingAnew) {
      isConnectingAnew = false;
      connect();
      return undefined;
    }
  }
  if (each.outcome !== "refused") return undefined;
  const explanation = escaped(await explainRefusal(each.url));
  each.note("error", explanation);
  return explanation;
}

/** @param {Session} each */
async function describeConnection(each) {
  const { url } = each;
  const hidden = describeHidden(url);
  if (hidden) each.note("note", hidden);
  const applied = await appliedBehaviour(url);
  if (applied !== undefined && each.url === url) {
    each.note("note", `in effect: ${escaped(applied)}`);
  }
}

on("connect", "click", toggleConnection);
for (const id of ["connection", "settings"]) {
  on(id, "submit", connectAnew);
  byId(id, HTMLFormElement).addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    // With an input method, Enter completes a character.
    if (event.isComposing) return;
    event.preventDefault();
    connectAnew();
  });
}
on("reconnect", "change", setReconnect);
on("log-scale", "change", rescale);
on("closing", "submit", () => {
  const reason = byId("close-reason", HTMLInputElement).value.toWellFormed();
  const code = sendableCode(
    byId("close-code", HTMLInputElement).value.trim() || "1000",
  );
  const error = byId("close-error", HTMLElement);
  error.textContent = "";
  const open = sessions.filter(({ state }) => state === "open");
  if (!open.length) error.textContent = "Not connected.";
  else if (!code) error.textContent = "Browsers allow 1000 and 3000 to 4999.";
  else if (new Blob([reason]).size > longestReason) {
    error.textContent = `A close reason has ${longestReason} bytes at most.`;
  } else for (const each of open) each.close(code, reason);
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
  const parts = [
    isAll
      ? formatNumber(length)
      : `${formatNumber(length)} of ${formatNumber(log.length)}`,
  ];
  if (matches.waiting) parts.push(`${formatNumber(matches.waiting)} paused`);
  if (log.dropped) parts.push(`${formatNumber(log.dropped)} oldest dropped`);
  const text = log.length || log.dropped ? parts.join(", ") : "";
  byId("log-count", HTMLElement).textContent = text;
}

function refilter() {
  const show = byId("show", HTMLSelectElement).value;
  const search = byId("search", HTMLInputElement).value;
  // A field sends "input" and, when it loses the focus, "change".
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
  panels.isMuted = isPaused;
  drawing.soon();
});
on("details-close", "click", closeDetails);
on("details-copy", "click", copyPayload);
on("details-resend", "click", () => {
  const payload = selectedPayload();
  if (payload !== undefined) composer.deliver(() => payload);
});
document.querySelector("main")?.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !byId("details", HTMLElement).hidden) closeDetails();
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
  setTimeout(() => URL.revokeObjectURL(anchor.href), revokeDelay);
});

byId("socket", HTMLElement).textContent = ownSocket();
showState(session);
setup.restore();
new InfoPanel(() => setup.target);
measureTop();

Object.assign(window, {
  echoConsole: Object.freeze({
    session,
    second,
    log: Object.freeze({
      get length() {
        return log.length;
      },
      entries: (/** @type {number} */ index) => log.at(log.first + index),
    }),
  }),
});
