/**
 * The log as it is seen: rows of one height, and only those within sight exist.
 */
// @ts-check

import { toHex, visible } from "./bytes.js";
import { amount, byId, clock, elapsed, milliseconds } from "./dom.js";

const cells = ["time", "direction", "type", "size", "rtt", "payload"];
const headRows = 1;
const budget = 6;
const mostOfText = 300;
const mostOfBytes = 64;

/** @typedef {import("./log.js").Entry} Entry */

/** The scrolling list of what matches. */
export class LogView {
  #log;
  #matches;
  #changed;
  #chosen;
  #grid = byId("log", HTMLElement);
  #body = /** @type {HTMLElement} */ (this.#grid.querySelector(".scroll"));
  #probe = document.createElement("div");
  #rowHeight = 1;
  #width = 0;
  #height = 0;
  #isResized = false;
  /** Where it is scrolled to, by us or for want of rows. */
  #top = 0;
  /** @type {{element: HTMLElement, entry?: Entry, trip?: string}[]} */
  #rows = [];
  #isFollowing = true;
  #end = 0;
  /** @type {number | undefined} */
  #pressed;
  /** @type {number | undefined} */
  #selected;
  /** Whether that is in sight, or was until the size became another. */
  #isSeen = false;
  /** Whether to go where that is, once it is found among what matches. */
  #isSought = false;
  /** Whether the keys went there: then the page, too, keeps it in sight. */
  #isKeyed = false;
  /** Whether they just did. */
  #hasMoved = false;

  /**
   * @param {import("./log.js").Log} log
   * @param {import("./matches.js").Matches} matches
   * @param {() => void} changed There is something to draw.
   * @param {(entry: Entry | undefined) => void} chosen A row is selected, or none.
   */
  constructor(log, matches, changed, chosen) {
    this.#log = log;
    this.#matches = matches;
    this.#changed = changed;
    this.#chosen = chosen;
    this.#probe.className = "probe";
    this.#grid.after(this.#probe);
    new ResizeObserver(() => this.#measure()).observe(this.#grid);
    this.#grid.addEventListener("scroll", () => this.#scrolled());
    // Before it has scrolled: or else the next frame would go back to the end.
    const wheel = (/** @type {WheelEvent} */ event) => {
      if (event.deltaY < 0 && this.#grid.scrollTop > 0) this.#follow(false);
    };
    this.#grid.addEventListener("wheel", wheel, { passive: true });
    this.#grid.addEventListener("keydown", (event) => this.#key(event));
    // While rows rush by, the one that counts is the one that was pressed upon.
    this.#body.addEventListener("mousedown", (event) => {
      this.#pressed = this.#under(event);
    });
    this.#body.addEventListener("click", (event) => {
      const id = this.#pressed ?? this.#under(event);
      this.select(id === this.#selected ? undefined : id);
      this.#pressed = undefined;
    });
    byId("follow", HTMLElement).addEventListener("click", () => this.#follow(true));
    this.#measure();
  }

  /** Draw what is within sight: once for each animation frame. */
  draw() {
    const position = this.#grid.scrollTop;
    const gone = this.#matches.advance(budget);
    const { length } = this.#matches;
    const height = this.#rowHeight;
    this.#body.style.height = `${length * height}px`;
    if (this.#isFollowing) {
      this.#grid.scrollTop = length * height;
      this.#end = this.#grid.scrollTop;
    } else if (gone) this.#grid.scrollTop = Math.max(0, position - gone * height);
    if (this.#isSought) this.#seek();
    else if (this.#isResized && this.#isSeen && !this.#isFollowing) {
      this.#reveal(this.#matches.indexOf(Number(this.#selected)));
    }
    const top = this.#grid.scrollTop;
    const first = Math.max(0, Math.min(Math.floor(top / height), length - 1));
    const sight = Math.ceil(this.#grid.clientHeight / height) + 1;
    this.#body.style.paddingTop = `${first * height}px`;
    const active = this.#fill(first, Math.min(sight, length - first));
    // After the details, which have come into sight.
    const isToStay = this.#isKeyed && document.activeElement === this.#grid;
    if (isToStay && (this.#isResized || this.#hasMoved)) {
      active?.scrollIntoView({ block: "nearest" });
    }
    this.#top = this.#grid.scrollTop;
    this.#isResized = this.#hasMoved = false;
    this.#grid.setAttribute("aria-rowcount", String(headRows + length));
    byId("empty", HTMLElement).hidden = this.#log.length > 0;
    const { waiting } = this.#matches;
    const isBare = length === 0 && this.#log.length > 0 && this.#matches.isComplete;
    byId("unmatched", HTMLElement).hidden = !isBare || waiting > 0;
    byId("paused", HTMLElement).hidden = !isBare || waiting === 0;
    byId("follow", HTMLElement).hidden = this.#isFollowing || length === 0;
    if (!this.#matches.isComplete) this.#changed();
  }

  /** Begin again, with the newest: nothing else is there. */
  reset() {
    this.select();
    this.#follow(true);
  }

  /** Others match: go where the selected row is, now or when it is among them. */
  refilter() {
    this.#isSought = this.#selected !== undefined && !this.#isFollowing;
    this.#changed();
  }

  /** @param {number} [id] None: no row is selected. */
  select(id) {
    this.#selected = id;
    this.#isSeen = id !== undefined;
    this.#isSought = this.#isKeyed = false;
    // It would be gone from sight with the next messages.
    this.#isFollowing = this.#isAtEnd();
    this.#chosen(id === undefined ? undefined : this.#log.at(id));
    this.#changed();
  }

  /**
   * @param {number} first
   * @param {number} count
   * @returns {HTMLElement | undefined} The row that is selected, if it is drawn.
   */
  #fill(first, count) {
    while (this.#rows.length > count) this.#rows.pop()?.element.remove();
    while (this.#rows.length < count) {
      const element = makeRow();
      this.#rows.push({ element });
      this.#body.append(element);
    }
    let active;
    for (const [offset, row] of this.#rows.entries()) {
      const id = Number(this.#matches.at(first + offset));
      const entry = this.#log.at(id);
      if (!entry) continue;
      const { element } = row;
      const trip = tripOf(entry);
      if (row.entry !== entry || row.trip !== trip) {
        row.entry = entry;
        row.trip = trip;
        element.id = `row-${id}`;
        fillRow(element, entry, trip);
      }
      element.ariaRowIndex = String(headRows + first + offset + 1);
      const isSelected = id === this.#selected;
      if (isSelected) active = element;
      if ((element.ariaSelected === "true") !== isSelected) {
        element.ariaSelected = String(isSelected);
      }
    }
    if (active) this.#grid.setAttribute("aria-activedescendant", active.id);
    else this.#grid.removeAttribute("aria-activedescendant");
    return active;
  }

  #seek() {
    const id = Number(this.#selected);
    const index = this.#matches.indexOf(id);
    const isThere = this.#matches.at(index) === id;
    if (isThere) this.#reveal(index);
    this.#isSeen = isThere;
    this.#isSought = !isThere && !this.#matches.isComplete;
  }

  #measure() {
    this.#rowHeight = this.#probe.getBoundingClientRect().height || 1;
    this.#width = this.#grid.clientWidth;
    this.#height = this.#grid.clientHeight;
    this.#top = this.#grid.scrollTop;
    this.#isResized = true;
    this.#changed();
  }

  #scrolled() {
    const { scrollTop, clientWidth, clientHeight } = this.#grid;
    if (scrollTop === this.#top) return;
    // It was another size that did it, of which we are still to be told.
    if (clientWidth !== this.#width || clientHeight !== this.#height) return;
    // It was we who went to the end, which is further down by now.
    if (this.#isFollowing && scrollTop >= this.#end) return;
    if (this.#selected !== undefined) {
      const row = this.#rowHeight;
      const below = this.#matches.indexOf(this.#selected) * row - scrollTop;
      this.#isSeen = below > -row && below < this.#height - row;
    }
    this.#follow(this.#isAtEnd());
  }

  /** @returns {boolean} Whether it shows the newest, and is not to stay elsewhere. */
  #isAtEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.#grid;
    const isThere = scrollTop + clientHeight >= scrollHeight - 1;
    return isThere && this.#selected === undefined;
  }

  /** @param {boolean} following */
  #follow(following) {
    this.#isFollowing = following;
    this.#changed();
  }

  /** @param {Event} event */
  #under(event) {
    const row = event.target instanceof Element ? event.target.closest(".row") : null;
    return row ? Number(row.id.replace("row-", "")) : undefined;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const last = this.#matches.length - 1;
    const page = Math.max(1, Math.floor(this.#grid.clientHeight / this.#rowHeight) - 2);
    const at =
      this.#selected === undefined ? last + 1 : this.#matches.indexOf(this.#selected);
    const target = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      PageUp: at - page,
      PageDown: at + page,
      Home: 0,
      End: last,
    }[event.key];
    if (event.key === "Escape") this.select();
    if (target === undefined || last < 0) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(target, last));
    this.#reveal(index);
    this.select(this.#matches.at(index));
    this.#isKeyed = this.#hasMoved = true;
  }

  /**
   * Scroll no farther than it takes to see all of a row.
   *
   * @param {number} index
   */
  #reveal(index) {
    const top = index * this.#rowHeight;
    const sight = this.#grid.clientHeight - 2 * this.#rowHeight;
    const { scrollTop } = this.#grid;
    if (top < scrollTop) this.#grid.scrollTop = top;
    else if (top > scrollTop + sight) this.#grid.scrollTop = top - sight;
    this.#top = this.#grid.scrollTop;
  }
}

function makeRow() {
  const row = document.createElement("div");
  row.className = "row";
  row.setAttribute("role", "row");
  for (const name of cells) {
    const cell = document.createElement("span");
    cell.className = name;
    cell.setAttribute("role", "gridcell");
    row.append(cell);
  }
  return row;
}

/**
 * @param {Entry} entry
 * @returns {string} How long it took, or whether there is still hope.
 */
function tripOf({ roundTrip, waiting }) {
  if (roundTrip !== undefined) return milliseconds(roundTrip);
  if (!waiting || waiting.isVague) return "";
  return waiting.among.isOver ? "none" : "waiting";
}

/**
 * @param {HTMLElement} row
 * @param {Entry} entry
 * @param {string} trip
 */
function fillRow(row, entry, trip) {
  const { time, since, direction, type, size, roundTrip } = entry;
  const isEvent = direction === "event";
  row.dataset.direction = direction;
  row.dataset.type = type;
  row.toggleAttribute("data-answered", roundTrip !== undefined);
  const texts = [
    `${clock(time)} ${elapsed(since)}`,
    direction,
    type,
    isEvent ? "" : amount(size),
    trip,
    preview(entry.payload),
  ];
  texts.forEach((text, index) => (row.children[index].textContent = text));
}

/** @param {Entry["payload"]} payload */
function preview(payload) {
  if (typeof payload === "string") return visible(payload.slice(0, mostOfText));
  return toHex(payload.subarray(0, mostOfBytes));
}
