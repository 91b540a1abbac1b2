/** Several views with the same alerts: one tells, another takes over, and nothing is told twice or not at all. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Notice } from "../../../lib/server/alerts/notice.ts";
import { Notifier } from "../../../lib/server/bus/notifier.ts";
import { logLines } from "../logs.ts";

const HOST = { tags: {}, value: "95 %", sinceMs: 0 };
const noticeOf = (rule: string, hosts: readonly string[] = ["a"]): Notice => ({
  ...{ what: "fired", rule, severity: "warning", text: rule, atMs: 0, omitted: 0 },
  hosts: hosts.map((key) => ({ ...HOST, key, name: key })),
});

/** A bus with a place for one, which is kept for six seconds, and views of it. */
function open(count: number) {
  let nowMs = 0;
  let holder = { view: -1, untilMs: 0 };
  let isAway = false;
  const told: string[] = [];
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  const views = Array.from({ length: count }, (_, view) => {
    const { log, lines } = logLines();
    const state = { isAlive: true, isCurrent: true };
    const teller = {
      tell: (_to: readonly string[], { rule, hosts }: Notice) =>
        void told.push(`${view} ${rule} ${hosts.map(({ key }) => key)}`),
    };
    const notifier = new Notifier(teller, {
      lead() {
        if (isAway) return Promise.reject(new Error("away"));
        if (holder.untilMs > nowMs && holder.view !== view) return Promise.resolve(false);
        holder = { view, untilMs: nowMs + 6_000 };
        return Promise.resolve(true);
      },
      claim(ids) {
        if (isAway) return Promise.reject(new Error("away"));
        views.forEach((other, n) => n !== view && other.state.isAlive && other.notifier.told(ids));
        return Promise.resolve();
      },
      isCurrent: () => state.isCurrent,
      steadyMs: () => nowMs,
      log,
    });
    return { notifier, state, lines };
  });
  const second = async () => {
    nowMs += 1_000;
    for (const { notifier, state } of views) if (state.isAlive) notifier.tick();
    await settle();
  };
  return {
    ...{ views, told, settle, second },
    cut: (is: boolean) => isAway = is,
    tell(notice: Notice, ...which: number[]) {
      for (const n of which) {
        if (views[n]!.state.isAlive) views[n]!.notifier.tell(["chat"], notice);
      }
    },
  };
}

Deno.test("Notifier: one of several views tells, and says that it does", async () => {
  const { views, told, second, tell } = open(3);
  tell(noticeOf("disk"), 0, 1, 2);
  await second();
  await second();
  tell(noticeOf("cpu"), 2, 0, 1);
  for (let n = 0; n < 90; n++) await second();
  assertEquals(told, ["0 disk a", "0 cpu a"]);
  assertEquals(views.map(({ notifier }) => notifier.isLeading), [true, false, false]);
  assertEquals(views[0]!.lines, ["info This view notifies"]);
  assertEquals(views[1]!.lines, ["info Another view notifies, this one stands by"]);
});

Deno.test("Notifier: another takes over within ten seconds, and tells what the one before had not", async () => {
  const { views, told, second, tell } = open(2);
  tell(noticeOf("disk"), 0, 1);
  await second();
  assertEquals(told, ["0 disk a"]);
  views[0]!.state.isAlive = false;
  tell(noticeOf("cpu"), 1);
  for (let n = 0; n < 9; n++) await second();
  assertEquals(told, ["0 disk a", "1 cpu a"]);
  assertEquals(views[1]!.notifier.isLeading, true);
});

Deno.test("Notifier tells the rest where looks of views had other hosts in them", async () => {
  const { views, told, second, tell } = open(2);
  tell(noticeOf("disk", ["a", "b"]), 0);
  await second();
  views[0]!.state.isAlive = false;
  tell(noticeOf("disk", ["a"]), 1);
  tell(noticeOf("disk", ["b", "c"]), 1);
  for (let n = 0; n < 9; n++) await second();
  assertEquals(told, ["0 disk a,b", "1 disk c"]);
});

Deno.test("Notifier waits while the bus is away or its view is behind, and tells nobody twice", async () => {
  const { views, told, second, tell, cut } = open(2);
  tell(noticeOf("disk"), 0, 1);
  await second();
  cut(true);
  tell(noticeOf("cpu"), 0, 1);
  for (let n = 0; n < 100; n++) await second();
  tell(noticeOf("late"), 0, 1);
  assertEquals(told.slice(2), []);
  assertEquals(
    views[0]!.lines.at(-1),
    "warn Cannot agree with other views on who notifies: away; retrying",
  );
  views[0]!.state.isCurrent = false;
  cut(false);
  for (let n = 0; n < 10; n++) await second();
  assertEquals(told.filter((text) => text.endsWith("late a")), ["1 late a"]);
  assertEquals(new Set(told.map((text) => text.slice(2))).size, told.length, `${told}`);
});

Deno.test("Notifier that nobody is to be told by asks nobody", async () => {
  const { views, second } = open(1);
  views[0]!.notifier.tell([], noticeOf("disk"));
  await second();
  assertEquals([views[0]!.notifier.isLeading, views[0]!.lines], [null, []]);
});

Deno.test("Notifier: whichever views end, each alert is told exactly once while one is left", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("tell"), rule: fc.nat(1_000) }),
    fc.record({ kind: fc.constant("end"), view: fc.nat(1) }),
    fc.record({ kind: fc.constant("pass"), seconds: fc.integer({ min: 1, max: 12 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const { views, told, second, tell } = open(3);
      const rules = new Set<string>();
      for (const step of steps) {
        // The first two may end, and the third is left.
        if (step.kind === "end") views[(step as { view: number }).view]!.state.isAlive = false;
        else if (step.kind === "pass") {
          for (let n = 0; n < (step as { seconds: number }).seconds; n++) await second();
        } else {
          const rule = `r${(step as { rule: number }).rule}`;
          if (rules.has(rule)) continue;
          rules.add(rule);
          tell(noticeOf(rule), 0, 1, 2);
        }
      }
      for (let n = 0; n < 12; n++) await second();
      const toldRules = told.map((text) => text.split(" ")[1]!);
      assertEquals(toldRules.toSorted(), [...rules].toSorted());
    }),
    { numRuns: 100 },
  );
});
