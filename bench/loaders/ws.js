// A load generator on ws.
//
// Usage: node ws.js URL LOAD SECONDS
//
// With LOAD 1, one connection sends a message in each turn of the event loop. With a
// higher LOAD, each of LOAD connections sends its next message after the echo; "sweep" is
// one such connection. Each echo is compared with its message, and timed. It prints one
// line of JSON with times in microseconds.
"use strict";

const { WebSocket } = require("ws");

const [url, load, seconds] = process.argv.slice(2);
const waits = load !== "1"; // whether the next message waits for the echo
const connections = load === "sweep" ? 1 : Number(load);
const duration = 1e9 * Number(seconds);
const now = () => Number(process.hrtime.bigint());
const times = [];
let open = 0;
let end = 0;
let sent = 0;

function fail(why) {
  console.error(`ws.js: ${why}`);
  process.exit(1);
}

function report() {
  times.sort((one, other) => one - other);
  const at = (share) => times[Math.floor(share * (times.length - 1))] / 1000;
  console.log(
    JSON.stringify({
      messages: times.length,
      seconds: Number(seconds),
      p50: at(0.5),
      p99: at(0.99),
    }),
  );
  process.exit(0);
}

function connect(number) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const waiting = []; // messages without an echo: texts and send times
  let next = 0; // the index of the next echo's text
  let seq = 0;

  function send() {
    const text = `Hello ${number}-${++seq}`;
    sent++;
    waiting.push(text, now());
    socket.send(text);
  }

  function sendOn() {
    if (now() >= end) return;
    if (waiting.length - next < 2 * 512) send();
    setImmediate(sendOn);
  }

  socket.on("open", () => {
    if (++open < connections) return;
    end = now() + duration;
    for (const each of all) each.begin();
  });
  socket.on("error", (error) => fail(error.message));
  socket.on("close", () => fail("a connection was closed"));
  socket.on("message", (message, isBinary) => {
    const at = now();
    if (isBinary || message.toString() !== waiting[next])
      fail("an echo differs from its message");
    times.push(at - waiting[next + 1]);
    next += 2;
    if (next >= 1024) waiting.splice(0, next), (next = 0);
    if (at >= end) {
      if (times.length === sent) report();
    } else if (waits) {
      send();
    }
  });
  return { begin: waits ? send : sendOn };
}

const all = Array.from({ length: connections }, (_, number) => connect(number));
