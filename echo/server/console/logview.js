/**
 * The visible log. All rows have the same height. Only rows in sight are elements.
 */
// @ts-check

import { escaped, toHex } from "./bytes.js";
import { byId, formatClock, formatMilliseconds, formatNumber } from "./dom.js";

const cells = ["mark", "time", "payload", "size", "rtt"];
const headRows = 1;
const scanBudget = 6;
const previewCharacters = 300;
const previewBytes = 64;

/** @typedef {import("./log.js").Entry} Entry */

/** The scrolling list of matching entries. */
export class LogView {
  #log;
  #matches;
  #onChange;
  #onSelect;
  #grid = byId("log", HTMLElement);
  #body = /** @type {HTMLElement} */ (this.#grid.querySelector(".scroll"));
  #probe = document.createElement("div");
  #rowHeight = 1;
  #width = 0;
  #height = 0;
  #isResized = false;
  /** The scroll position that this class has set or the browser has corrected. */
  #top = 0;
  /** @type {{element: HTMLElement, entry?: Entry, roundTripShown?: string}[]} */
  #rows = [];
  #isFollowing = true;
  #end = 0;
  /** The first entry that has never been in sight: no earlier one is new. */
  #firstNew = 0;
  /** @type {number | undefined} */
  #pressed;
  /** @type {number | undefined} */
  #selected;
  /** Whether the selected row is in sight, or was before the last resize. */
  #isInSight = false;
  /** Whether to scroll to the selected row once it is among the matches. */
  #mustReveal = false;
  /** Whether the keyboard selected it: then the page scrolls to it as well. */
  #isByKeyboard = false;
  /** Whether that happened since the last drawing. */
  #hasMoved = false;

  /**
   * @param {import("./log.js").Log} log
   * @param {import("./matches.js").Matches} matches
   * @param {() => void} onChange The list needs drawing.
   * @param {(entry: Entry | undefined) => void} onSelect The selection has changed.
   */
  constructor(log, matches, onChange, onSelect) {
    this.#log = log;
    this.#matches = matches;
    this.#onChange = onChange;
    this.#onSelect = onSelect;
    this.#probe.className = "probe";
    this.#grid.after(this.#probe);
    new ResizeObserver(() => this.#measure()).observe(this.#grid);
    this.#grid.addEventListener("scroll", () => this.#onScroll());
    // "wheel" comes before "scroll". Without it, the next frame scrolls to the end.
    const wheel = (/** @type {WheelEvent} */ event) => {
      if (event.deltaY < 0 && this.#grid.scrollTop > 0) this.#follow(false);
    };
    this.#grid.addEventListener("wheel", wheel, { passive: true });
    this.#grid.addEventListener("keydown", (event) => this.#onKey(event));
    // New rows may move the list between press and release: the pressed row counts.
    this.#body.addEventListener("mousedown", (event) => {
      this.#pressed = this.#rowUnder(event);
    });
    this.#body.addEventListener("click", (event) => {
      const id = this.#pressed ?? this.#rowUnder(event);
      this.select(id === this.#selected ? undefined : id);
      this.#pressed = undefined;
    });
    byId("follow", HTMLElement).addEventListener("click", () => this.#follow(true));
    this.#measure();
  }

  /** Draw the rows in sight. Called once an animation frame. */
  draw() {
    const position = this.#grid.scrollTop;
    const gone = this.#matches.advance(scanBudget);
    const { length } = this.#matches;
    const height = this.#rowHeight;
    this.#body.style.height = `${length * height}px`;
    // The space above the rows may be larger than a list that has become shorter.
    this.#body.style.paddingTop = "0";
    if (this.#isFollowing) {
      this.#grid.scrollTop = length * height;
      this.#end = this.#grid.scrollTop;
    } else if (gone) this.#grid.scrollTop = Math.max(0, position - gone * height);
    if (this.#mustReveal) this.#revealSelected();
    else if (this.#isResized && this.#isInSight && !this.#isFollowing) {
      this.#reveal(this.#matches.indexOf(Number(this.#selected)));
    }
    const top = this.#grid.scrollTop;
    const first = Math.max(0, Math.min(Math.floor(top / height), length - 1));
    const visibleRows = Math.ceil(this.#grid.clientHeight / height) + 1;
    this.#body.style.paddingTop = `${first * height}px`;
    const active = this.#fill(first, Math.min(visibleRows, length - first));
    // After the details, which may have scrolled the page.
    const mustShow = this.#isByKeyboard && document.activeElement === this.#grid;
    if (mustShow && (this.#isResized || this.#hasMoved)) {
      active?.scrollIntoView({ block: "nearest" });
    }
    this.#top = this.#grid.scrollTop;
    this.#isResized = this.#hasMoved = false;
    this.#grid.setAttribute("aria-rowcount", String(headRows + length));
    byId("empty", HTMLElement).hidden = this.#log.length > 0;
    const { waiting } = this.#matches;
    const isEmpty = length === 0 && this.#log.length > 0 && this.#matches.isComplete;
    byId("unmatched", HTMLElement).hidden = !isEmpty || waiting > 0;
    byId("paused", HTMLElement).hidden = !isEmpty || waiting === 0;
    this.#showWayToNewest();
    if (!this.#matches.isComplete) this.#onChange();
  }

  /** Show the button to the newest row, and the number of new rows, if it is out of sight. */
  #showWayToNewest() {
    const { length } = this.#matches;
    const { scrollTop, clientHeight } = this.#grid;
    // Above the rows is the head.
    const bottom = scrollTop + clientHeight - this.#body.offsetTop + 1;
    const shown = Math.min(Math.floor(bottom / this.#rowHeight), length);
    const latest = this.#matches.at(shown - 1) ?? -1;
    this.#firstNew = Math.max(this.#firstNew, latest + 1);
    const count = length - this.#matches.indexOf(this.#firstNew);
    const button = byId("follow", HTMLElement);
    button.hidden = this.#isFollowing || shown === length;
    const news = count > 0 ? ` (${formatNumber(count)} new)` : "";
    button.textContent = `Go to the newest${news}`;
  }

  /** Follow the newest entries of a cleared log. */
  reset() {
    this.select();
    this.#follow(true);
  }

  /** The filter has changed: keep the selected row in sight. */
  refilter() {
    this.#mustReveal = this.#selected !== undefined && !this.#isFollowing;
    this.#onChange();
  }

  /** @param {number} [id] Without it, no row is selected. */
  select(id) {
    this.#selected = id;
    this.#isInSight = id !== undefined;
    this.#mustReveal = this.#isByKeyboard = false;
    // Following would scroll the selected row out of sight.
    this.#isFollowing = this.#isAtEnd();
    this.#onSelect(id === undefined ? undefined : this.#log.at(id));
    this.#onChange();
  }

  /**
   * @param {number} first
   * @param {number} count
   * @returns {HTMLElement | undefined} The selected row, if it is in sight.
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
      const roundTripShown = roundTripText(entry);
      if (row.entry !== entry || row.roundTripShown !== roundTripShown) {
        row.entry = entry;
        row.roundTripShown = roundTripShown;
        element.id = `row-${id}`;
        fillRow(element, entry, roundTripShown);
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

  #revealSelected() {
    const id = Number(this.#selected);
    const index = this.#matches.indexOf(id);
    const isThere = this.#matches.at(index) === id;
    if (isThere) this.#reveal(index);
    this.#isInSight = isThere;
    this.#mustReveal = !isThere && !this.#matches.isComplete;
  }

  #measure() {
    this.#rowHeight = this.#probe.getBoundingClientRect().height || 1;
    this.#width = this.#grid.clientWidth;
    this.#height = this.#grid.clientHeight;
    this.#top = this.#grid.scrollTop;
    this.#isResized = true;
    this.#onChange();
  }

  #onScroll() {
    const { scrollTop, clientWidth, clientHeight } = this.#grid;
    if (scrollTop === this.#top) return;
    // A resize caused this, and the ResizeObserver has not been called yet.
    if (clientWidth !== this.#width || clientHeight !== this.#height) return;
    // draw() scrolled to the end, and the end has moved since.
    if (this.#isFollowing && scrollTop >= this.#end) return;
    if (this.#selected !== undefined) {
      const row = this.#rowHeight;
      const below = this.#matches.indexOf(this.#selected) * row - scrollTop;
      this.#isInSight = below > -row && below < this.#height - row;
    }
    this.#follow(this.#isAtEnd());
  }

  /** @returns {boolean} Whether the end is in sight and no row is selected. */
  #isAtEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.#grid;
    const isThere = scrollTop + clientHeight >= scrollHeight - 1;
    return isThere && this.#selected === undefined;
  }

  /** @param {boolean} following */
  #follow(following) {
    this.#isFollowing = following;
    this.#onChange();
  }

  /** @param {Event} event */
  #rowUnder(event) {
    const row = event.target instanceof Element ? event.target.closest(".row") : null;
    return row ? Number(row.id.replace("row-", "")) : undefined;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
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
    this.#isByKeyboard = this.#hasMoved = true;
  }

  /**
   * Scroll as little as needed to show a row.
   *
   * @param {number} index
   */
  #reveal(index) {
    const top = index * this.#rowHeight;
    const range = this.#grid.clientHeight - 2 * this.#rowHeight;
    const { scrollTop } = this.#grid;
    if (top < scrollTop) this.#grid.scrollTop = top;
    else if (top > scrollTop + range) this.#grid.scrollTop = top - range;
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
  // A symbol stands for both. Screen readers read the words.
  for (const name of ["direction", "type", "connection"]) {
    const word = document.createElement("span");
    word.className = `${name} unseen`;
    row.children[0].append(word);
  }
  return row;
}

/**
 * @param {Entry} entry
 * @returns {string} The round trip, or "waiting", or "none".
 */
function roundTripText({ roundTrip, waiting }) {
  if (roundTrip !== undefined) return formatMilliseconds(roundTrip);
  if (!waiting || waiting.isAmbiguous) return "";
  return waiting.owner.hasEnded ? "none" : "waiting";
}

/**
 * @param {HTMLElement} row
 * @param {Entry} entry
 * @param {string} roundTripShown
 */
function fillRow(row, entry, roundTripShown) {
  const { connection, time, direction, type, size, roundTrip } = entry;
  const isEvent = direction === "event";
  row.dataset.direction = direction;
  row.dataset.type = type;
  row.dataset.connection = String(connection);
  row.toggleAttribute("data-answered", roundTrip !== undefined);
  const [mark, ...others] = row.children;
  const words = [`${direction} `, type, connection === 2 ? ", second connection" : ""];
  mark.setAttribute("title", words.join(""));
  words.forEach((word, index) => (mark.children[index].textContent = word));
  const texts = [
    formatClock(time),
    preview(entry.payload),
    isEvent ? "" : formatNumber(size),
    roundTripShown,
  ];
  texts.forEach((text, index) => (others[index].textContent = text));
}

/** @param {Entry["payload"]} payload */
function preview(payload) {
  if (typeof payload === "string") return escaped(payload.slice(0, previewCharacters));
  return toHex(payload.subarray(0, previewBytes));
}
