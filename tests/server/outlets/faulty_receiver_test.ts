/** An outbox before a receiver with every fault: what was told arrives or is counted, and is known again. */
import { assert, assertEquals } from "@std/assert";
import { Clock } from "../../../lib/common/clock.ts";
import { openSurroundings } from "../../../lib/server/outlets/open.ts";
import { Outbox } from "../../../lib/server/outlets/outbox.ts";
import { readDestination } from "../../../lib/server/outlets/read.ts";
import { logLines } from "../logs.ts";
import { FakeClock, notice } from "./fakes.ts";

const MAY_NET = Deno.permissions.querySync({ name: "net" }).state === "granted";
const TOKEN = "t0kenOfTheReceiver";

/** What the receiver does with a request that it has read: whether it takes it, and what it answers. */
interface Fault {
  readonly takes: boolean;
  readonly answer: string | null;
  readonly isFinal?: boolean;
}

const answer = (status: string, more = "") =>
  `HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n${more}\r\n`;
const GOOD: Fault = { takes: true, answer: answer("204 No Content") };
const FAULTS: Readonly<Record<string, Fault>> = {
  broken: { takes: false, answer: answer("503 Service Unavailable") },
  busy: { takes: false, answer: answer("429 Too Many Requests", "retry-after: 2\r\n") },
  garbage: { takes: false, answer: "\x00\xff garbage\r\n\r\n" },
  silent: { takes: false, answer: "" },
  "takes, and says nothing": { takes: true, answer: "" },
  "takes, and hangs": { takes: true, answer: null },
  "takes, and breaks off": {
    ...{ takes: true, answer: "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf" },
  },
  redirects: {
    ...{ takes: false, isFinal: true },
    answer: answer("302 Found", "location: http://127.0.0.1:1/\r\n"),
  },
  gone: { takes: false, isFinal: true, answer: answer("410 Gone") },
};

/** A receiver that keeps what it takes, and does as it is told with one request after the other. */
class Receiver implements AsyncDisposable {
  readonly taken: { readonly id: string; readonly texts: readonly string[] }[] = [];
  readonly faults: Fault[] = [];
  port = 0;
  #listener: Deno.Listener | null = null;
  #serving: Promise<void> = Promise.resolve();
  readonly #open: Promise<void>[] = [];

  listen(): void {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: this.port });
    this.#listener = listener;
    this.port = listener.addr.port;
    this.#serving = this.#serve(listener);
  }

  async die(): Promise<void> {
    this.#listener?.close();
    this.#listener = null;
    await this.#serving;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.die();
    await Promise.all(this.#open);
  }

  async #serve(listener: Deno.Listener): Promise<void> {
    try {
      for await (const connection of listener) this.#open.push(this.#answer(connection));
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #answer(connection: Deno.Conn): Promise<void> {
    using _ = connection;
    try {
      const body = await readBody(connection);
      if (body === null) return;
      const { takes, answer } = this.faults.shift() ?? GOOD;
      if (takes) {
        const { id, notices } = JSON.parse(body);
        this.taken.push({ id, texts: notices.map(({ text }: { text: string }) => text) });
      }
      if (answer !== null) await connection.write(new TextEncoder().encode(answer));
      // Whoever hangs waits for the other to give up.
      else await connection.read(new Uint8Array(1));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
}

/** The body of a request; `null` where there is none, as when a connection is only made. */
async function readBody(connection: Deno.Conn): Promise<string | null> {
  const bytes = new Uint8Array(65_536);
  let length = 0;
  for (;;) {
    const read = await connection.read(bytes.subarray(length));
    if (read === null) return null;
    length += read;
    const text = new TextDecoder().decode(bytes.subarray(0, length));
    const [head, body] = text.split("\r\n\r\n");
    const size = Number(/content-length: (\d+)/i.exec(head!)?.[1]);
    if (body !== undefined && body.length >= size) return body;
  }
}

Deno.test({
  name: "an outbox loses nothing uncounted to a receiver with every fault (needs --allow-net)",
  ignore: !MAY_NET,
  async fn() {
    await using receiver = new Receiver();
    receiver.listen();
    const { log, lines } = logLines();
    const clock = new FakeClock();
    const { schedule } = clock;
    const outbox = new Outbox({ steadyMs: () => clock.nowMs, schedule, random: () => 0.5, log });
    const surroundings = openSurroundings(new Clock(), null);
    const fields = {
      webhook: `http://127.0.0.1:${receiver.port}/hooks/${TOKEN}`,
      headers: { "X-Token": TOKEN },
    };
    outbox.use([readDestination("chat", fields, surroundings)]);
    const told: string[] = [];
    let atMs = 0;
    const tell = () => {
      told.push(`notice ${told.length}`);
      outbox.tell(["chat"], notice({ text: told.at(-1)!, atMs: atMs++ }));
    };
    /** Lets time pass until a time comes at which nothing waits. */
    const idle = async () => {
      while (outbox.state[0]!.waiting > 0) {
        await clock.pass(500);
        await new Promise((done) => setTimeout(done, 2));
      }
    };
    for (const fault of Object.values(FAULTS)) {
      receiver.faults.push(fault);
      for (let n = 0; n < 3; n++) tell();
      await idle();
    }
    await receiver.die();
    for (let n = 0; n < 3; n++) tell();
    while (outbox.state[0]!.lastError !== "connection refused") {
      await clock.pass(500);
      await new Promise((done) => setTimeout(done, 2));
    }
    receiver.listen();
    await idle();

    const { sent, givenUp, retried, lastError } = outbox.state[0]!;
    const finals = Object.values(FAULTS).filter(({ isFinal }) => isFinal).length;
    assertEquals([sent + givenUp, givenUp, lastError], [told.length, 3 * finals, null]);
    assert(retried >= Object.keys(FAULTS).length - finals - 1, `${retried}`);
    const arrived = new Set(receiver.taken.flatMap(({ texts }) => texts));
    assertEquals(arrived.size, told.length - givenUp);
    // What came twice came under one id, and with the same in it.
    for (const [id, times] of Map.groupBy(receiver.taken, ({ id }) => id)) {
      assertEquals(new Set(times.map(({ texts }) => texts.join())).size, 1, id);
    }
    const inOrder = [...arrived].map((text) => told.indexOf(text));
    assertEquals(inOrder, inOrder.toSorted((a, b) => a - b));
    assert(!lines.join("\n").includes(TOKEN), lines.join("\n"));
    await outbox.close();
  },
});
