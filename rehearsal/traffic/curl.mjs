// What runs in a pod whose command is `curl`, whose image is not to be had here: the same requests, the same exit codes
// (https://everything.curl.dev/cmdline/exitcode.html), for the options below.
import console from "node:console";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import process from "node:process";
import { setTimeout } from "node:timers";
import { URL } from "node:url";

/**
 * A load balancer that lets a caller not through drops what it sends. Here it has to take the connection, and resets it at
 * once; nobody else does that to a client that has said nothing yet.
 */
const SETTLED_MS = 1000;

let url;
const args = process.argv.slice(2);
while (args.length > 0) {
  const option = args.shift() ?? "";
  if (option === "--max-time") {
    setTimeout(() => end(28, "operation timed out"), Number(args.shift()) * 1000);
  } else if (option === "-o") {
    args.shift();
  } else if (option.startsWith("-") && option !== "-sk") {
    end(2, `option ${option}: is unknown`);
  } else if (option !== "-sk") {
    url = new URL(option);
  }
}
if (!url) {
  end(2, "no URL specified");
}

const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
const socket = net.connect({ host: url.hostname, port });
socket.on("error", ({ code }) => {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    end(6, `could not resolve ${url.hostname}`);
  } else if (code !== "ECONNRESET") {
    end(7, `failed to connect to ${url.host}: ${code}`);
  }
});
const dropped = () => {
  // Nothing comes any more, until the time is over.
  end(28, `connection to ${url.host} timed out (it was reset before a word)`);
};
socket.once("close", dropped);
socket.once("connect", () => {
  setTimeout(() => {
    socket.off("close", dropped);
    if (!socket.destroyed) {
      request();
    }
  }, SETTLED_MS);
});

function request() {
  const secure = url.protocol === "https:";
  // The socket has to be a TLS one before there is a request, to tell the two failures from each other.
  let encrypted = !secure;
  const asked = (secure ? https : http).get(
    url,
    secure
      ? { socket, rejectUnauthorized: false, servername: net.isIP(url.hostname) ? "" : url.hostname }
      : { createConnection: () => socket },
    (answer) => {
      console.log(`HTTP ${answer.statusCode}`);
      answer.resume().on("end", () => end(0));
    },
  );
  asked.on("socket", (stream) => stream.once("secureConnect", () => (encrypted = true)));
  asked.on("error", (error) =>
    encrypted ? end(52, `empty reply: ${error.message}`) : end(35, error.message),
  );
}

function end(code, message) {
  if (message) {
    console.error(`curl: (${code}) ${message}`);
  }
  process.exit(code);
}
