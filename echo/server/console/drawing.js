/**
 * When to draw: once an animation frame at most, and less often while messages arrive
 * faster than anybody can read.
 */
// @ts-check

const drawInterval = 40;
// In a flood, the processor is for the messages.
const floodInterval = 120;
const readableEntries = 100;

/** Calls a function that draws. */
export class Drawing {
  #log;
  #draw;
  #isDue = false;
  #timer = 0;
  #pace = drawInterval;
  #drawnEnd = 0;

  /**
   * @param {import("./log.js").Log} log
   * @param {() => void} draw
   */
  constructor(log, draw) {
    this.#log = log;
    this.#draw = draw;
  }

  /** Draw in the next animation frame. A hidden page has none. */
  soon() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      const { end } = this.#log;
      this.#isDue = false;
      this.#pace =
        end - this.#drawnEnd > readableEntries ? floodInterval : drawInterval;
      this.#drawnEnd = end;
      this.#draw();
    });
  }

  /** Draw after a short delay: drawing at once would delay the echo. */
  later() {
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      this.soon();
    }, this.#pace);
  }
}
