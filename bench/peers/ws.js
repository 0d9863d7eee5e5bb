// An echo server on ws.
//
// Usage: node ws.js PORT [--tls CERTIFICATE KEY] [--deflate]
"use strict";

const fs = require("fs");
const http = require("http");
const https = require("https");
const { WebSocketServer } = require("ws");

const [port, option, certificate, key] = process.argv.slice(2);
const server =
  option === "--tls"
    ? https.createServer({
        cert: fs.readFileSync(certificate),
        key: fs.readFileSync(key),
      })
    : http.createServer();
const echo = new WebSocketServer({
  server,
  path: "/socket",
  maxPayload: 16 << 20,
  perMessageDeflate: option === "--deflate" ? { threshold: 0 } : false,
});

echo.on("connection", (connection) => {
  connection.on("error", () => connection.terminate());
  connection.on("message", (message, isBinary) => {
    connection.send(message, { binary: isBinary });
  });
});
server.listen(Number(port), "127.0.0.1");
