/**
 * The details of the selected entry.
 */
// @ts-check

import { escaped, hexDump } from "./bytes.js";
import { closeMeaning } from "./codes.js";
import {
  byId,
  formatElapsed,
  formatLocalTime,
  formatMilliseconds,
  formatNumber,
} from "./dom.js";
import { indent } from "./json.js";
import { maxEntryBytes } from "./log.js";

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
  const { payload, size } = entry;
  const isText = typeof payload === "string";
  showFacts(entry);
  const shownPayload = byId("details-payload", HTMLElement);
  shownPayload.classList.toggle("dump", !isText);
  shownPayload.textContent = isText
    ? escaped(payload, "\n\t")
    : hexDump(payload.subarray(0, maxDumped));
  const indented = isText ? indent(payload) : undefined;
  byId("details-json", HTMLElement).hidden = indented === undefined;
  byId("details-indented", HTMLElement).textContent = escaped(indented ?? "", "\n");
  const shown = isText ? maxEntryBytes : maxDumped;
  byId("details-note", HTMLElement).textContent =
    size > shown
      ? `The first ${formatNumber(shown)} of ${formatNumber(size)} bytes.`
      : "";
  byId("details", HTMLElement).scrollIntoView({ block: "nearest" });
}

/** Show the round trip, once it is known. */
export function refreshDetails() {
  if (selected && selected.roundTrip !== shownTrip) showFacts(selected);
}

/** @param {import("./log.js").Entry} entry */
function showFacts(entry) {
  shownTrip = entry.roundTrip;
  byId("details-facts", HTMLElement).replaceChildren(
    ...factsOf(entry).map(([name, value]) => makeFact(name, value)),
  );
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

/**
 * @param {string} name
 * @param {string} value
 */
function makeFact(name, value) {
  const fact = document.createElement("div");
  const term = document.createElement("dt");
  const definition = document.createElement("dd");
  term.textContent = name;
  definition.textContent = value;
  fact.append(term, definition);
  return fact;
}
