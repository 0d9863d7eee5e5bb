/**
 * Situations that are hard to produce: parameters that imitate each of them, and what
 * to watch for. The test tests/system/slow/presets.py tries all on a real connection.
 */
// @ts-check

import { byId } from "./dom.js";

/**
 * @typedef {object} Preset
 * @property {string} name
 * @property {string} query The parameters of /socket.
 * @property {string} sentence
 */

/** @type {Preset[]} */
const presets = [
  {
    name: "Flaky mobile",
    query: "delay=150ms&jitter=350ms&abort=1&after=10s",
    sentence:
      "Imitates a phone with a weak signal: each echo takes 150 to 500 ms longer, and " +
      "after 10 s the server resets the connection, without a close frame. Watch " +
      "whether your client reconnects, and which messages it sends again.",
  },
  {
    name: "Server restarts",
    query: "close=1012&reason=restart&after=5s",
    sentence:
      "Imitates a rolling restart: after 5 s the server closes with 1012 (service " +
      "restart). Watch whether your client reconnects, and after which pause.",
  },
  {
    name: "Token expired",
    query: "close=4001&reason=token expired&after=5s",
    sentence:
      'Imitates the end of a session: after 5 s the server closes with 4001 "token ' +
      'expired". Watch whether your client gets a new token before it reconnects.',
  },
  {
    name: "Rate limit",
    query: "close=1008&reason=rate limit&after=5",
    sentence:
      "Imitates a limit on messages: after 5 messages the server closes with 1008 " +
      "(policy violation). Watch whether your client sends more slowly afterwards.",
  },
  {
    name: "Slow reader",
    query: "slow=1k/s",
    sentence:
      "Imitates a busy server: it reads 1 KiB a second. Send more than that, and watch " +
      "whether your client notices the growing queue (bufferedAmount) and waits.",
  },
  {
    name: "Slow server",
    query: "delay=3s",
    sentence:
      "Imitates slow processing: each echo comes 3 s late. Watch whether your client " +
      "waits, shows that it waits, or sends the message again.",
  },
  {
    name: "Dead peer",
    query: "mute=1&nopong=1",
    sentence:
      "Imitates a peer that has lost its network: the connection stays open, but no " +
      "echo and no pong comes. Watch how long your client takes to notice.",
  },
  {
    name: "Proxy idle cut",
    query: "abort=1&after=10s",
    sentence:
      "Imitates the idle time-out of a proxy: 10 s after the opening the server resets " +
      "the connection, without a close frame. Unlike a proxy, it does so even if " +
      "messages pass. Watch whether your client notices at once, and reconnects.",
  },
  {
    name: "Overload",
    query: "status=503",
    sentence:
      "Imitates a server at its limit: it refuses the handshake with status 503. Watch " +
      "whether the pauses between your client's attempts grow.",
  },
  {
    name: "Lossy broker",
    query: "drop=0.1&dup=0.1",
    sentence:
      "Imitates a message broker that loses a tenth of the messages, and delivers a " +
      "tenth of the others twice. Watch whether your client notices both.",
  },
  {
    name: "Live feed",
    query: "tick=100ms",
    sentence:
      "Imitates a feed: every 100 ms the server sends a message that nothing requested. " +
      "Watch whether your client keeps up, and tells these messages from answers.",
  },
];

const ownName = "Own parameters";

/** @param {URLSearchParams} parameters */
function sorted(parameters) {
  const copy = new URLSearchParams(parameters);
  copy.sort();
  return String(copy);
}

/** The menu of the presets. It shows the preset that the parameters make. */
export class PresetMenu {
  #menu = byId("preset", HTMLSelectElement);
  #own = new Option(ownName);

  /** @param {(parameters: URLSearchParams) => void} choose */
  constructor(choose) {
    this.#menu.append(...presets.map(({ name, query }) => new Option(name, query)));
    this.#own.disabled = true; // It cannot be chosen, only shown.
    // Some tools send "change" without "input".
    for (const type of ["input", "change"]) {
      this.#menu.addEventListener(type, () =>
        choose(new URLSearchParams(this.#menu.value)),
      );
    }
  }

  /** @param {URLSearchParams} requested Names and values. */
  show(requested) {
    const preset = presets.find(
      ({ query }) => sorted(new URLSearchParams(query)) === sorted(requested),
    );
    const isOwn = requested.size > 0 && !preset;
    if (isOwn) this.#menu.append(this.#own);
    else this.#own.remove();
    this.#menu.value = isOwn ? ownName : (preset?.query ?? "");
    byId("preset-note", HTMLElement).textContent = preset?.sentence ?? "";
  }
}
