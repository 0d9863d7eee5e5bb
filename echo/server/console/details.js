/**
 * The selected entry of the log, in full.
 */
// @ts-check

import { hexDump, visible } from "./bytes.js";
import { closeMeaning } from "./codes.js";
import { amount, byId, elapsed, localTime, milliseconds } from "./dom.js";
import { indent } from "./json.js";
import { mostOfOne } from "./log.js";

const mostDumped = 16 * 1024;

/** @type {import("./log.js").Entry | undefined} */
let selected;
/** @type {number | undefined} */
let shownTrip;

/** @param {import("./log.js").Entry} [entry] None: there is nothing to show. */
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
    ? visible(payload, "\n\t")
    : hexDump(payload.subarray(0, mostDumped));
  const indented = isText ? indent(payload) : undefined;
  byId("details-json", HTMLElement).hidden = indented === undefined;
  byId("details-indented", HTMLElement).textContent = visible(indented ?? "", "\n");
  const shown = isText ? mostOfOne : mostDumped;
  byId("details-note", HTMLElement).textContent =
    size > shown ? `The first ${amount(shown)} of ${amount(size)} bytes.` : "";
  byId("details", HTMLElement).scrollIntoView({ block: "nearest" });
}

/** Show what has become known of it: its round trip. */
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
function factsOf({ time, since, direction, type, size, roundTrip, close }) {
  /** @type {[string, string][]} */
  const facts = [
    ["Time", `${localTime(time)} ${elapsed(since)}`],
    ["Direction", direction],
    ["Type", type],
  ];
  if (direction !== "event") facts.push(["Size", `${amount(size)} bytes`]);
  if (roundTrip !== undefined) facts.push(["Round trip", milliseconds(roundTrip)]);
  if (close) {
    facts.push(["Code", `${close.code}, ${closeMeaning(close.code)}`]);
    facts.push(["Reason", visible(close.reason) || "none"]);
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
