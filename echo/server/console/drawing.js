/**
 * When to draw: at most once for each animation frame, and less often than that
 * while messages come faster than anybody can read.
 */
// @ts-check

const between = 40;
// Once nobody can read along, it is time to leave the processor to the messages.
const betweenFloods = 120;
const mostReadable = 100;

/** Calls for what is drawn. */
export class Drawing {
  #log;
  #draw;
  #isDue = false;
  #timer = 0;
  #pace = between;
  #drawnEnd = 0;

  /**
   * @param {import("./log.js").Log} log
   * @param {() => void} draw
   */
  constructor(log, draw) {
    this.#log = log;
    this.#draw = draw;
  }

  /** Draw with the next animation frame; while the page is hidden there is none. */
  soon() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      const { end } = this.#log;
      this.#isDue = false;
      this.#pace = end - this.#drawnEnd > mostReadable ? betweenFloods : between;
      this.#drawnEnd = end;
      this.#draw();
    });
  }

  /** Draw what was said, in a moment: to draw at once would slow down its echo. */
  later() {
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      this.soon();
    }, this.#pace);
  }
}
