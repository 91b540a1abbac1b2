/** A mail server that breaks off, refuses or talks on and on, at each step. */
import { assertEquals } from "@std/assert";
import { Clock } from "../../../lib/common/clock.ts";
import { deliveryErrorOf } from "../../../lib/server/outlets/destination.ts";
import { openSurroundings } from "../../../lib/server/outlets/open.ts";
import { readDestination } from "../../../lib/server/outlets/read.ts";
import { MAY_RUN } from "../../processes.ts";
import { NEVER, notice } from "./fakes.ts";

/** What a good one says to each step; the first says nothing before. */
const ANSWERS: Readonly<Record<string, string>> = {
  ...{ banner: "220 hello", EHLO: "250 hello", HELO: "250 hello", MAIL: "250 ok", RCPT: "250 ok" },
  ...{ DATA: "354 go on", ".": "250 taken", QUIT: "221 bye" },
};
const STEPS = ["banner", "MAIL", "RCPT", "DATA", "."] as const;
const CLOSED = "connection closed without an answer";
const NO_SMTP = "what answers does not speak SMTP";

/** Answers one connection; at a step it says something else, or, where that is `null`, breaks off. */
async function answer(connection: Deno.Conn, step: string, said: string | null): Promise<void> {
  using _ = connection;
  const encoder = new TextEncoder();
  const say = async (at: string) => {
    const text = at === step ? said : ANSWERS[at] ?? "502 what?";
    if (text !== null) await connection.write(encoder.encode(`${text}\r\n`));
    return text;
  };
  let last = await say("banner");
  let rest = "";
  const bytes = new Uint8Array(65_536);
  while (last !== null) {
    const read = await connection.read(bytes);
    if (read === null) return;
    const lines = (rest + new TextDecoder().decode(bytes.subarray(0, read))).split("\r\n");
    rest = lines.pop()!;
    for (const line of lines) {
      // Of what comes behind DATA only its end is a step.
      if (last?.startsWith("354") && line !== ".") continue;
      if (last !== null) last = await say(line === "." ? line : line.slice(0, 4));
    }
  }
}

/** What becomes of a message at such a server. */
async function tell(step: string, said: string | null) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept().then((connection) =>
    answer(connection, step, said).catch((error) => {
      // The other side may have closed first.
      if (
        !(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset)
      ) {
        throw error;
      }
    })
  );
  const smtp = `smtp://127.0.0.1:${listener.addr.port}`;
  const fields = { smtp, starttls: "off", from: "p@example.org", to: "ops@example.org" };
  const mail = readDestination("mail", fields, openSurroundings(new Clock(), null));
  const error = await mail.send([notice()], NEVER).then(() => null, deliveryErrorOf);
  await accepting;
  return error === null ? "told" : `${error.message}${error.isFinal ? ", for good" : ""}`;
}

Deno.test({
  name: "mail says what a server does that is none, and what it refuses (needs --allow-all)",
  ignore: !MAY_RUN,
  async fn(t) {
    const cases: [step: string, said: string | null, becomes: string][] = [
      ["none", "", "told"],
      ...STEPS.flatMap((step): typeof cases => [
        [step, null, CLOSED],
        [step, "451 later", "SMTP 451: later"],
        [step, "554 never", "SMTP 554: never, for good"],
      ]),
      ["banner", "\x00\x00 nonsense", NO_SMTP],
      ["banner", "2".repeat(3_000_000), NO_SMTP],
      ["EHLO", `250-${"x".repeat(60_000)}\r\n`.repeat(50), NO_SMTP],
    ];
    for (const [step, said, becomes] of cases) {
      await t.step(`${step}: ${said?.slice(0, 12)}`, async () => {
        assertEquals(await tell(step, said), becomes);
      });
    }
  },
});
