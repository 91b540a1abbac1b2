import { assert, assertEquals } from "@std/assert";
import { DeliveryError } from "../../../lib/server/outlets/destination.ts";
import {
  ATTEMPT_MS,
  FLUSH_MS,
  MAX_AGE_MS,
  MAX_RETRY_AFTER_MS,
  MAX_WAITING,
  pauseMs,
  RENEW_MS,
} from "../../../lib/server/outlets/lane.ts";
import { Outbox } from "../../../lib/server/outlets/outbox.ts";
import type { Notice } from "../../../lib/server/alerts/notice.ts";
import { logLines } from "../logs.ts";
import { FakeClock, FakeDestination, notice, noticeHost, NOW_MS } from "./fakes.ts";

const DAY_MS = 86_400_000;

/** An outbox with some destinations, whose pauses are the shortest that chance allows. */
function openOutbox(...destinations: FakeDestination[]) {
  return openWith({}, ...destinations);
}

function openWith(more: { isKept?: boolean }, ...destinations: FakeDestination[]) {
  const { log, lines } = logLines();
  const clock = new FakeClock();
  const { schedule } = clock;
  const steadyMs = () => clock.nowMs;
  const outbox = new Outbox({ steadyMs, schedule, random: () => 0, log, ...more });
  outbox.use(destinations);
  const tell = (text: string, to = ["chat"]) => outbox.tell(to, notice({ text }));
  return { outbox, clock, lines, tell };
}

const refused = () => new DeliveryError("HTTP 503");

Deno.test("Outbox.tell() makes one message of what is told in one turn, for those it is for", async () => {
  const [chat, mail] = [new FakeDestination("chat"), new FakeDestination("mail")] as const;
  const { outbox, clock, lines, tell } = openOutbox(chat, mail);
  tell("a");
  tell("b", ["chat", "mail", "chat", "nobody"]);
  await clock.pass(0);
  tell("c");
  await clock.pass(0);
  assertEquals([chat.taken, mail.taken], [[["a", "b"], ["c"]], [["b"]]]);
  const counts = { waiting: 0, retried: 0, givenUp: 0, lastError: null };
  const where = "webhook https://chat.example";
  assertEquals(outbox.state, [
    { name: "chat", where, sent: 3, ...counts },
    { name: "mail", where, sent: 1, ...counts },
  ]);
  assertEquals([lines, clock.delaysMs], [[], []]);
});

Deno.test("Outbox tells a destination of single hosts each host alone", async () => {
  const pager = new FakeDestination("pager", { isPerHost: true, maxBatch: 1 });
  const sent: Notice[] = [];
  pager.send = (notices) => {
    sent.push(...notices);
    return Promise.resolve();
  };
  const { outbox, clock } = openOutbox(pager);
  outbox.tell(["pager"], notice({ hosts: [noticeHost("a"), noticeHost("b")] }));
  outbox.tell(["pager"], notice({ hosts: [] }));
  await clock.pass(0);
  assertEquals(sent.map(({ hosts }) => hosts.map(({ name }) => name)), [["a"], ["b"], []]);
});

Deno.test("Outbox tries again after growing pauses, in order, and logs failure and success once", async () => {
  const chat = new FakeDestination();
  chat.outcomes.push(refused(), refused(), refused());
  const { outbox, clock, lines, tell } = openOutbox(chat);
  tell("a");
  await clock.pass(0);
  tell("b");
  const pauses: number[] = [];
  while (chat.taken.length === 0) {
    pauses.push(...clock.delaysMs);
    assertEquals(outbox.state[0]!.waiting, 2);
    await clock.pass(clock.delaysMs[0]!);
  }
  assertEquals(pauses, [500, 1_000, 2_000]);
  assertEquals(chat.tried, [["a"], ["a"], ["a"], ["a"], ["b"]]);
  const { waiting, sent, retried, givenUp, lastError } = outbox.state[0]!;
  assertEquals([waiting, sent, retried, givenUp, lastError], [0, 2, 3, 0, null]);
  assertEquals(lines, [
    "warn Cannot notify chat (webhook https://chat.example): HTTP 503; retrying",
    "info Notifying chat (webhook https://chat.example) again",
  ]);
});

Deno.test("pauseMs() doubles up to 5 minutes, by chance up to twice as long, and never before a receiver asks", () => {
  const shortest = Array.from({ length: 12 }, (_, attempt) => pauseMs(attempt, 0, 0));
  const [first, ...growing] = shortest;
  assertEquals([first, growing.at(-1)], [500, 150_000]);
  assert(growing.every((ms, at) => ms === Math.min(2 * shortest[at]!, 150_000)));
  assertEquals(pauseMs(0, 0, 1), 1_000);
  assertEquals(pauseMs(9_999, 0, 1), 300_000);
  assertEquals(pauseMs(0, 30_000, 0), 30_000);
  assertEquals(pauseMs(0, 10 * DAY_MS, 0), MAX_RETRY_AFTER_MS);
});

Deno.test("Outbox waits as long as a receiver asks", async () => {
  const chat = new FakeDestination();
  chat.outcomes.push(new DeliveryError("HTTP 429", { retryAfterMs: 90_000 }));
  const { clock, tell } = openOutbox(chat);
  tell("a");
  await clock.pass(89_999);
  assertEquals(chat.tried.length, 1);
  await clock.pass(1);
  assertEquals(chat.taken, [["a"]]);
});

Deno.test("Outbox gives up what is refused for good, counts it and logs it once", async () => {
  const chat = new FakeDestination();
  chat.outcome = new DeliveryError("HTTP 404", { isFinal: true });
  const { outbox, clock, lines, tell } = openOutbox(chat);
  for (const text of ["a", "b", "c"]) {
    tell(text);
    await clock.pass(0);
  }
  assertEquals(outbox.state[0]!.givenUp, 3);
  assertEquals(outbox.state[0]!.lastError, "HTTP 404");
  assertEquals(clock.delaysMs, []);
  chat.outcome = null;
  tell("d");
  await clock.pass(0);
  assertEquals(outbox.state[0]!.lastError, null);
  assertEquals(lines, [
    "warn Gave up 1 notice for chat (webhook https://chat.example): HTTP 404",
    "info Notifying chat (webhook https://chat.example) again; gave up 3 notices",
  ]);
});

Deno.test("Outbox tells one by one what is refused together for what it says", async () => {
  const chat = new FakeDestination();
  const bad = new DeliveryError("HTTP 400", { isFinal: true, isOfContent: true });
  chat.outcomes.push(bad, null, bad);
  const { outbox, clock, tell } = openOutbox(chat);
  for (const text of ["a", "b", "c"]) tell(text);
  await clock.pass(0);
  assertEquals(chat.tried, [["a", "b", "c"], ["a"], ["b"], ["c"]]);
  assertEquals(chat.taken, [["a"], ["c"]]);
  const { sent, givenUp, waiting } = outbox.state[0]!;
  assertEquals([sent, givenUp, waiting], [2, 1, 0]);
});

Deno.test("Outbox gives up the oldest when more wait than it has room for", async () => {
  const chat = new FakeDestination("chat", { maxBatch: 1 });
  const hanging = Promise.withResolvers<void>();
  chat.outcomes.push(hanging.promise);
  const { outbox, clock, lines, tell } = openOutbox(chat);
  tell("under way");
  await clock.pass(0);
  for (let n = 0; n < MAX_WAITING + 7; n++) tell(`${n}`);
  const { waiting, givenUp } = outbox.state[0]!;
  assertEquals([waiting, givenUp], [MAX_WAITING + 1, 7]);
  assertEquals(lines.length, 1);
  hanging.resolve();
  await clock.pass(0);
  assertEquals(chat.taken.flat().slice(0, 2), ["under way", "7"]);
  assertEquals(chat.taken.length, MAX_WAITING + 1);
});

Deno.test("Outbox gives up what is a day old, and nothing younger", async () => {
  const chat = new FakeDestination();
  chat.outcome = refused();
  const { outbox, clock, lines, tell } = openOutbox(chat);
  tell("old");
  await clock.pass(MAX_AGE_MS / 2);
  tell("young");
  await clock.pass(MAX_AGE_MS / 2 + 400_000);
  assertEquals([outbox.state[0]!.givenUp, outbox.state[0]!.waiting], [1, 1]);
  chat.outcome = null;
  await clock.pass(400_000);
  assertEquals(chat.taken, [["young"]]);
  assertEquals(lines.length, 3);
});

Deno.test("Outbox lets no destination wait for another that hangs, and ends its attempt", async () => {
  const [hangs, chat] = [new FakeDestination("hangs"), new FakeDestination("chat")] as const;
  hangs.outcomes.push(new Promise(() => {}));
  const { outbox, clock, tell } = openOutbox(hangs, chat);
  tell("a", ["hangs", "chat"]);
  await clock.pass(0);
  tell("b", ["chat"]);
  await clock.pass(ATTEMPT_MS - 1);
  assertEquals(chat.taken, [["a"], ["b"]]);
  assertEquals(hangs.signals[0]!.aborted, false);
  await clock.pass(1);
  assertEquals(hangs.signals[0]!.aborted, true);
  assertEquals(outbox.state[0]!.lastError, "no answer in time");
  await clock.pass(1_000);
  assertEquals(hangs.taken, [["a"]]);
});

Deno.test("Outbox tells of errors that are not ours only what they are, as they may hold a secret", async () => {
  const chat = new FakeDestination();
  chat.outcome = new TypeError("error sending request for url (https://chat.example/hooks/s3cr3t)");
  const { outbox, clock, lines, tell } = openOutbox(chat);
  tell("a");
  await clock.pass(0);
  assertEquals(outbox.state[0]!.lastError, "internal error (TypeError)");
  assert(!lines.join().includes("s3cr3t"));
});

Deno.test("Outbox.close() tries once more what waits, and logs what is lost, and still has it", async () => {
  const [chat, mail, hangs] = ["chat", "mail", "hangs"].map((name) => new FakeDestination(name));
  chat!.outcomes.push(refused());
  mail!.outcome = refused();
  hangs!.outcome = new Promise(() => {});
  const { outbox, clock, lines, tell } = openOutbox(chat!, mail!, hangs!);
  tell("a", ["chat", "mail", "hangs"]);
  await clock.pass(0);
  tell("b", ["mail"]);
  const closing = outbox.close();
  await clock.pass(FLUSH_MS);
  await closing;
  assertEquals(chat!.taken, [["a"]]);
  assertEquals(mail!.tried, [["a"], ["a"], ["b"]]);
  assertEquals(outbox.state.map(({ givenUp, waiting }) => [givenUp, waiting]), [
    ...[[0, 0], [0, 2], [0, 1]],
  ]);
  assertEquals(lines.filter((line) => line.includes(" Lost ")), [
    "warn Lost 2 notices for mail (webhook https://chat.example): stopping",
    "warn Lost 1 notice for hangs (webhook https://chat.example): stopping",
  ]);
  assertEquals(clock.delaysMs, []);
});

Deno.test("Outbox says once what waits when it is closed, and what of it is told after the next start", async () => {
  const [stays, gone] = [new FakeDestination("stays"), new FakeDestination("gone")] as const;
  stays.outcome = gone.outcome = refused();
  const { outbox, clock, lines, tell } = openWith({ isKept: true }, stays, gone);
  tell("a", ["stays", "gone"]);
  await clock.pass(0);
  outbox.use([stays]);
  await clock.pass(0);
  // Alerts close it before they write what waits, and the server closes all.
  const closed = Promise.all([outbox.close(), outbox.close()]);
  await clock.pass(FLUSH_MS);
  await closed;
  assertEquals(lines.filter((line) => / Lost | Stopping /.test(line)), [
    "warn Lost 1 notice for gone (webhook https://chat.example): stopping",
    "warn Stopping with 1 notice for stays (webhook https://chat.example), told after the next start",
  ]);
});

Deno.test("Outbox.use() keeps what waits and its counts for a name that stays, at once under the new settings", async () => {
  const [before, gone, after] = [
    new FakeDestination("chat"),
    new FakeDestination("gone"),
    new FakeDestination("chat"),
  ] as const;
  before.outcome = refused();
  gone.outcome = refused();
  const { outbox, clock, lines, tell } = openOutbox(before, gone);
  tell("a", ["chat", "gone"]);
  await clock.pass(100);
  outbox.use([after]);
  await clock.pass(0);
  assertEquals(after.taken, [["a"]]);
  assertEquals(outbox.state.map(({ name, sent, retried }) => [name, sent, retried]), [
    ["chat", 1, 1],
  ]);
  assertEquals(
    lines.filter((line) => line.includes(" Lost ")),
    ["warn Lost 1 notice for gone (webhook https://chat.example): stopping"],
  );
});

Deno.test("Outbox.tick() asks once a minute what stands, of those alone that need it", async () => {
  const [chat, oncall] = [new FakeDestination("chat"), new FakeDestination("oncall")] as const;
  const renewed: string[][] = [];
  const failing: { error: Error | null } = { error: null };
  const renew = async (standing: AsyncIterable<Notice>) => {
    renewed.push((await Array.fromAsync(standing)).map(({ text }) => text));
    if (failing.error !== null) throw failing.error;
  };
  const { outbox, clock, lines } = openOutbox(chat, Object.assign(oncall, { renew }));
  outbox.renewBy((name) => [null, notice({ text: name }), null]);
  const look = () => outbox.tick();
  look();
  look();
  await clock.pass(RENEW_MS - 1);
  look();
  assertEquals(renewed, [["oncall"]]);
  failing.error = refused();
  await clock.pass(1);
  look();
  await clock.pass(RENEW_MS);
  assertEquals(outbox.state[1]!.lastError, "HTTP 503");
  failing.error = null;
  look();
  await clock.pass(0);
  assertEquals(renewed.length, 3);
  assertEquals(outbox.state[1]!.lastError, null);
  assertEquals(lines, [
    "warn Cannot notify oncall (webhook https://chat.example): HTTP 503; next renewal in a minute",
    "info Notifying oncall (webhook https://chat.example) again",
  ]);
});

Deno.test("Outbox.test() tells all at once and once, and says who could not be told", async () => {
  const [chat, mail] = [new FakeDestination("chat"), new FakeDestination("mail")] as const;
  mail.outcome = refused();
  const { outbox, clock } = openOutbox(chat, mail);
  const test = outbox.test(["chat", "mail"], NOW_MS);
  await clock.pass(0);
  assertEquals(await test, [{ name: "chat", error: null }, { name: "mail", error: "HTTP 503" }]);
  const text = "Test alert: nothing is wrong, and this destination can be told";
  assertEquals([chat.taken, mail.tried], [[[text]], [[text]]]);
  assertEquals(outbox.state.map(({ sent, retried, givenUp }) => sent + retried + givenUp), [0, 0]);
});

Deno.test("Outbox lets no renewal overtake what is told, and none be overtaken", async () => {
  const oncall = new FakeDestination("oncall");
  const order: string[] = [];
  const hanging = Promise.withResolvers<void>();
  const standing = ["a", "b"];
  const renew = async (notices: AsyncIterable<Notice>) => {
    for await (const { text } of notices) {
      order.push(`renew ${text}`);
      await hanging.promise;
    }
    order.push("renewed");
  };
  oncall.send = (notices) => {
    order.push(`send ${notices.map(({ what }) => what)}`);
    return Promise.resolve();
  };
  const { outbox, clock } = openOutbox(Object.assign(oncall, { renew }));
  outbox.renewBy(() => standing.map((text) => notice({ text })));
  outbox.tick();
  await clock.pass(0);
  standing.shift();
  outbox.tell(["oncall"], notice({ what: "recovered", text: "a" }));
  await clock.pass(10);
  hanging.resolve();
  await clock.pass(RENEW_MS);
  outbox.tick();
  await clock.pass(0);
  assertEquals(order, ["renew a", "renew b", "renewed", "send recovered", "renew b", "renewed"]);
});

Deno.test("Outbox tries at once what waits when a renewal was taken", async () => {
  const oncall = new FakeDestination("oncall");
  const renew = () => Promise.resolve();
  const { outbox, clock, tell } = openOutbox(Object.assign(oncall, { renew }));
  oncall.outcomes.push(...Array.from({ length: 9 }, refused));
  tell("a", ["oncall"]);
  while (oncall.outcomes.length > 0) await clock.pass(clock.delaysMs[0] ?? 0);
  assertEquals([oncall.taken, clock.delaysMs], [[], [128_000]]);
  outbox.tick();
  await clock.pass(0);
  assertEquals(oncall.taken, [["a"]]);
});

Deno.test("Outbox.waiting is what is not told yet, also when it was closed", async () => {
  const [chat, mail] = [new FakeDestination("chat"), new FakeDestination("mail")] as const;
  const { outbox, clock, tell } = openOutbox(chat, mail);
  chat.outcome = refused();
  const waiting = () => outbox.waiting.map(({ notices }) => notices.map(({ text }) => text));
  const versions = [outbox.version];
  tell("a", ["chat", "mail"]);
  await clock.pass(0);
  versions.push(outbox.version);
  tell("b");
  assertEquals(waiting(), [["a", "b"], []]);
  versions.push(outbox.version);
  const closed = outbox.close();
  await clock.pass(FLUSH_MS);
  await closed;
  assertEquals(waiting(), [["a", "b"], []]);
  assertEquals(new Set(versions).size, 3);
});
