/** Rows for the tests of the page. */
import type { Row } from "../../../../lib/server/web/page/store.js";

/** A row of which all that the page's own code names is known. */
export function rowOf(changes: Partial<Row> = {}): Row {
  return {
    id: "a",
    name: "web-1",
    address: "192.0.2.7:4000",
    status: "live",
    lastSeenMs: 1_000_000,
    intervalMs: 5_000,
    cpuPercent: 10,
    coresPercent: [5, 15],
    memoryUsedBytes: 1,
    memoryTotalBytes: 2,
    memoryPercent: 50,
    volumeMount: "/",
    volumePercent: 20,
    readBytesPerSecond: 1,
    writeBytesPerSecond: 2,
    receiveBytesPerSecond: 3,
    sendBytesPerSecond: 4,
    interfaceLost: 0,
    datagramsLost: 0,
    ...changes,
  } as Row;
}
