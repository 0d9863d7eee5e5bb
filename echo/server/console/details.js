/**
 * The details of the selected entry: facts, payload, JSON as a tree, copy and resend.
 */
// @ts-check

import { escaped, hexDump, toHex } from "./bytes.js";
import { closeMeaning } from "./codes.js";
import { copy } from "./copy.js";
import {
  byId,
  formatElapsed,
  formatLocalTime,
  formatMilliseconds,
  formatNumber,
  showFacts,
} from "./dom.js";
import { maxEntryBytes } from "./log.js";
import { makeTree } from "./tree.js";

const maxDumped = 16 * 1024;

/** @type {import("./log.js").Entry | undefined} */
let selected;
/** @type {number | undefined} */
let shownTrip;

/** @param {import("./log.js").Entry} [entry] Without it, the details are hidden. */
export function showDetails(entry) {
  selected = entry;
  byId("details", HTMLElement).hidden = !entry;
  if (!entry) return;
  const { payload, size, direction } = entry;
  const isText = typeof payload === "string";
  showEntry(entry);
  const shownPayload = byId("details-payload", HTMLElement);
  shownPayload.classList.toggle("dump", !isText);
  shownPayload.textContent = isText
    ? escaped(payload, "\n\t")
    : hexDump(payload.subarray(0, maxDumped));
  const tree = isText ? makeTree(payload) : undefined;
  byId("details-json", HTMLElement).hidden = !tree;
  byId("details-tree", HTMLElement).replaceChildren(...(tree ? [tree] : []));
  // A part of a message would be another message.
  byId("details-resend", HTMLElement).hidden = direction === "event" || isCut(entry);
  byId("details-status", HTMLElement).textContent = "";
  const shown = isText ? maxEntryBytes : maxDumped;
  byId("details-note", HTMLElement).textContent =
    size > shown
      ? `The first ${formatNumber(shown)} of ${formatNumber(size)} bytes.`
      : "";
  byId("details", HTMLElement).scrollIntoView({ block: "nearest" });
}

/** @param {import("./log.js").Entry} entry */
function isCut({ size }) {
  return size > maxEntryBytes;
}

/** Copy the payload: binary as hex. */
export function copyPayload() {
  if (!selected) return;
  const { payload } = selected;
  const text = typeof payload === "string" ? payload : toHex(payload);
  const missing = isCut(selected)
    ? `: the first ${formatNumber(maxEntryBytes)} bytes`
    : "";
  copy(text, "Payload", "details-status", missing);
}

/** @returns {string | Uint8Array<ArrayBuffer> | undefined} The selected message. */
export function selectedPayload() {
  return selected?.payload;
}

/** Show the round trip, once it is known. */
export function refreshDetails() {
  if (selected && selected.roundTrip !== shownTrip) showEntry(selected);
}

/** @param {import("./log.js").Entry} entry */
function showEntry(entry) {
  shownTrip = entry.roundTrip;
  showFacts("details-facts", factsOf(entry));
}

/**
 * @param {import("./log.js").Entry} entry
 * @returns {[string, string][]}
 */
function factsOf(entry) {
  const { connection, time, since, direction, type, size, roundTrip, close } = entry;
  /** @type {[string, string][]} */
  const facts = [
    ["Time", `${formatLocalTime(time)} ${formatElapsed(since)}`],
    ["Direction", direction],
    ["Type", type],
  ];
  if (connection === 2) facts.push(["Connection", "second"]);
  if (direction !== "event") facts.push(["Size", `${formatNumber(size)} bytes`]);
  if (roundTrip !== undefined)
    facts.push(["Round trip", formatMilliseconds(roundTrip)]);
  if (close) {
    facts.push(["Code", `${close.code}, ${closeMeaning(close.code)}`]);
    facts.push(["Reason", escaped(close.reason) || "none"]);
    facts.push(["wasClean", String(close.wasClean)]);
  }
  return facts;
}
