// Loaded before a Node program that tests run (NODE_OPTIONS): it may connect to this machine and to nothing else. What it
// tries beyond is refused and written down in $LOOPBACK_LOG, which the tests read.
const fs = require("node:fs");
const net = require("node:net");

const allowed = /^(localhost|127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...given) {
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  const options = typeof first === "object" ? first : { port: first, host: typeof second === "string" ? second : undefined };
  const host = options.path ? "localhost" : (options.host ?? "localhost");
  if (!allowed.test(host)) {
    fs.appendFileSync(process.env.LOOPBACK_LOG, `${host}:${options.port}\n`);
    throw new Error(`only loopback is allowed in tests, not ${host}`);
  }
  return connect.apply(this, given);
};
