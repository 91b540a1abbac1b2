// @ts-check
/// <reference lib="dom" />
/**
 * The columns of the table of hosts: what each is called, explained and sorted by, and the cell
 * that it puts into a row.
 */
import {
  barCell,
  coresCell,
  nameCell,
  sparkCell,
  statusCell,
  textCell,
  volumeCell,
} from "./cells.js";
import { formatAge, formatBytes, formatCount, formatRate, UNKNOWN } from "./format.js";

/** @typedef {import("./cells.js").Cell} Cell */
/**
 * @typedef {object} Column
 * @property {string} key its class, and what it sorts by where it sorts
 * @property {string} title
 * @property {string} help
 * @property {boolean} sorts
 * @property {() => Cell} cell
 * @property {boolean} [grows] as its texts may be of any length
 */

/** @type {readonly Column[]} */
export const COLUMNS = [
  column(
    "status",
    "Status",
    "live; stale after 3 intervals + 1 s of silence; offline after 6",
    statusCell,
  ),
  column("name", "Host", "its name; a legacy sender's address", nameCell),
  column(
    "address",
    "Address",
    "where its last datagram came from",
    () => textCell((row) => row.address),
  ),
  column(
    "age",
    "Age",
    "time since its last datagram",
    () => textCell((row, nowMs) => formatAge(nowMs - row.lastSeenMs)),
  ),
  column(
    "cpu",
    "CPU",
    "busy share of all cores over the last interval",
    () => barCell((row) => row.cpuPercent),
  ),
  { ...column("recent", "Recent CPU", "the last 30 samples", sparkCell), sorts: false },
  { ...column("cores", "Cores", "busy share of each core", coresCell), sorts: false },
  column(
    "memory",
    "Memory",
    "total − available, of total",
    () => barCell((row) => row.memoryPercent, memoryText),
  ),
  column("volume", "Fullest volume", "used / (used + free), as df says it", volumeCell),
  column(
    "read",
    "Disk read",
    "bytes per second, all whole disks",
    () => textCell((row) => formatRate(row.readBytesPerSecond)),
  ),
  column(
    "write",
    "Disk write",
    "bytes per second, all whole disks",
    () => textCell((row) => formatRate(row.writeBytesPerSecond)),
  ),
  column(
    "receive",
    "Net down",
    "bytes per second, all interfaces",
    () => textCell((row) => formatRate(row.receiveBytesPerSecond)),
  ),
  column(
    "send",
    "Net up",
    "bytes per second, all interfaces",
    () => textCell((row) => formatRate(row.sendBytesPerSecond)),
  ),
  {
    ...column(
      "interfaceLost",
      "If. lost",
      "packets its interfaces dropped or failed since they came up",
      () => textCell((row) => formatCount(row.interfaceLost)),
    ),
    grows: true,
  },
  {
    ...column(
      "datagramsLost",
      "Dgrams lost",
      "its datagrams that never came; – where it does not number them",
      () => textCell((row) => formatCount(row.datagramsLost)),
    ),
    grows: true,
  },
];

/** @param {string} key @param {string} title @param {string} help @param {() => Cell} cell @returns {Column} */
function column(key, title, help, cell) {
  return { key, title, help, sorts: true, cell };
}

/** @param {import("./store.js").Row} row */
function memoryText({ memoryUsedBytes, memoryTotalBytes }) {
  if (memoryUsedBytes === null && memoryTotalBytes === null) return UNKNOWN;
  return `${formatBytes(memoryUsedBytes)}/${formatBytes(memoryTotalBytes)}`;
}
