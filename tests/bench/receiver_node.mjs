/**
 * The same work as receiver.py in Node: the last metrics of each address, and when they came.
 * Prints its address, and at each SIGUSR2 how many datagrams it has taken.
 */
import { createSocket } from "node:dgram";
import process from "node:process";

const hosts = new Map();
let taken = 0;

const receiver = createSocket("udp4");
receiver.on("message", (datagram, { address, port }) => {
  const metrics = JSON.parse(datagram.toString());
  hosts.set(`${address}:${port}`, { metrics, lastSeenMs: Date.now() });
  taken++;
});
receiver.bind(0, "127.0.0.1", () => {
  const { address, port } = receiver.address();
  process.stdout.write(`Receives on ${address}:${port}\n`);
});
process.on("SIGUSR2", () => process.stdout.write(`${taken}\n`));
