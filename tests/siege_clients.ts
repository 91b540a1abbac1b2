/**
 * The clients of `siege.ts`, as a program of their own: `siege_clients.ts PORT COUNT SECONDS`. They
 * hold as many connections as they are let: idle ones, half requests, requests byte by byte, answers
 * and streams that they reset, garbage. Whoever is cut off comes again. At the end they print what
 * they did as JSON.
 */

const CONNECTS_PER_TURN = 40;
const TURN_MS = 20;
const encoder = new TextEncoder();
const REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const STREAM = "GET /api/stream?limit=20 HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** What one client does with its connection; its connection is closed when that ends. */
type Conduct = (connection: Deno.TcpConn) => Promise<unknown>;

const CONDUCTS: readonly Conduct[] = [
  waitForEnd,
  waitForEnd,
  waitForEnd,
  waitForEnd,
  waitForEnd,
  (connection) => say(connection, REQUEST.slice(0, 30)).then(() => waitForEnd(connection)),
  byteByByte,
  // To close with something unread is a reset.
  (connection) => say(connection, REQUEST).then(() => until(RESET_AFTER_MS)),
  (connection) => say(connection, STREAM).then(() => until(10 * RESET_AFTER_MS)),
  (connection) =>
    say(connection, GARBAGE[next / 10 % GARBAGE.length | 0]!).then(() => until(Infinity)),
];
/** Many requests at once, a URL and a header that never end, TLS, HTTP/2. */
const GARBAGE = [
  REQUEST.repeat(20),
  `GET /${"x".repeat(20_000)}`,
  `${REQUEST.slice(0, -2)}X: ${"x".repeat(20_000)}`,
  "\x16\x03\x01\x02\x00\x01\x00",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];
const RESET_AFTER_MS = 200;

const [port, count, seconds] = Deno.args.map(Number) as [number, number, number];
const endMs = performance.now() + seconds * 1_000;
const open = new Set<Deno.TcpConn>();
const done = { connects: 0, failures: 0, cutOff: 0, mostOpen: 0 };

async function attend(conduct: Conduct): Promise<void> {
  let connection: Deno.TcpConn | null = null;
  try {
    connection = await Deno.connect({ hostname: "127.0.0.1", port });
    done.connects++;
    open.add(connection);
    done.mostOpen = Math.max(done.mostOpen, open.size);
    await conduct(connection);
    done.cutOff++;
  } catch {
    if (connection === null) done.failures++;
    else done.cutOff++;
  }
  if (connection !== null && open.delete(connection)) connection.close();
}

function say(connection: Deno.TcpConn, text: string): Promise<number> {
  return connection.write(encoder.encode(text));
}

/** Reads nothing but the end. */
async function waitForEnd(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1_024);
  while (await connection.read(buffer) !== null) continue;
}

async function byteByByte(connection: Deno.TcpConn): Promise<void> {
  for (const character of REQUEST) {
    await say(connection, character);
    await until(1_000);
  }
}

function until(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (durationMs !== Infinity) setTimeout(resolve, durationMs);
  });
}

let attending = 0;
let next = 0;
for (; performance.now() < endMs; await until(TURN_MS)) {
  for (let turn = 0; turn < CONNECTS_PER_TURN && attending < count; turn++) {
    attending++;
    next++;
    attend(CONDUCTS[next % CONDUCTS.length]!).finally(() => attending--);
  }
}
// deno-lint-ignore no-console
console.log(JSON.stringify({ ...done, heldAtEnd: open.size }));
Deno.exit(0);
