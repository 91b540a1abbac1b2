import { assertEquals } from "@std/assert";
import {
  countsOf,
  entriesOf,
  NOTHING,
  onWallClock,
  type Queue,
  type ShownAlert,
  type ShownRule,
} from "../../lib/common/alerts.js";
import { UNSAFE_CHARACTER } from "../../lib/common/text.js";

/** A rule of which so many alerts stand. */
function rule(alert: string, changes: Partial<ShownRule> = {}): ShownRule {
  return {
    ...{ alert, severity: "warning", text: "has a busy CPU", several: "have a busy CPU" },
    ...{ fires: "CPU above 95% for 10m", ends: "at 85% or below for 2m" },
    ...{ filter: "cpu>95", total: 1, sinceMs: 1_000 },
    ...changes,
  };
}

/** An alert of a host. */
function alert(alert: string, id: string, changes: Partial<ShownAlert> = {}): ShownAlert {
  return {
    ...{ alert, severity: "warning", id, name: `host ${id}`, text: "has a busy CPU", detail: "" },
    ...{ sinceMs: 1_000, value: 97.3, valueText: "97%", flapping: false, muted: false },
    ...changes,
  };
}

function linesOf(queue: Queue): string[] {
  return entriesOf(queue).map(({ kind, name, text, value }) => `${kind} ${name} ${text} ${value}`);
}

Deno.test("entriesOf() has an entry for each alert of a few, the worst first", () => {
  const queue: Queue = {
    ...NOTHING,
    total: 4,
    rules: [
      rule("offline", { severity: "critical", total: 2, sinceMs: 5_000 }),
      rule("cpu", { total: 2 }),
    ],
    alerts: [
      alert("cpu", "a"),
      alert("cpu", "b", { sinceMs: 900, flapping: true }),
      alert("offline", "c", { sinceMs: 7_000, text: "is offline", valueText: "" }),
      alert("offline", "d", { sinceMs: 5_000, text: "is offline", valueText: "" }),
    ],
  };
  assertEquals(linesOf(queue), [
    "offline host d is offline ",
    "offline host c is offline ",
    "warning host b has a busy CPU, again and again 97%",
    "warning host a has a busy CPU 97%",
  ]);
  assertEquals(countsOf(queue), { critical: 2, warning: 2 });
});

Deno.test("entriesOf() keeps places while values change", () => {
  const queueOf = (...values: number[]): Queue => ({
    ...NOTHING,
    total: 3,
    rules: [rule("cpu", { total: 3 })],
    alerts: values.map((value, n) =>
      alert("cpu", `${n}`, { valueText: `${value}%`, sinceMs: 1_000 * n })
    ),
  });
  const keys = (queue: Queue) => entriesOf(queue).map(({ key }) => key);
  assertEquals(keys(queueOf(96, 99, 97)), keys(queueOf(99, 96, 98)));
});

Deno.test("entriesOf() has one entry for many of a rule, and for those that are not told one by one", () => {
  const many = Array.from({ length: 20 }, (_, n) => alert("cpu", `${n}`));
  const queue: Queue = {
    ...NOTHING,
    total: 216,
    rules: [rule("cpu", { total: 214 }), rule("swap", { total: 2, several: "use swap" })],
    alerts: many,
  };
  assertEquals(linesOf(queue), ["warning 214 hosts have a busy CPU ", "warning 2 hosts use swap "]);
  assertEquals(entriesOf(queue)[0]!.members.length, 20);
  assertEquals(entriesOf(NOTHING), []);
});

Deno.test("entriesOf() tells what is of the fleet with its value before its words", () => {
  const text = "of all hosts are silent";
  const queue: Queue = {
    ...NOTHING,
    total: 1,
    rules: [rule("fleet-silent", { severity: "critical" })],
    alerts: [alert("fleet-silent", "", { name: "", text, valueText: "78%" })],
  };
  assertEquals(linesOf(queue), ["critical this server 78% of all hosts are silent "]);
});

Deno.test("entriesOf() lets nothing of a hostile name, device or rule through", () => {
  const hostile = "\u202egnp\u200b\x1b[2J\n<b>" + "x".repeat(64);
  const queue: Queue = {
    ...NOTHING,
    total: 5,
    rules: [rule("own", { several: hostile, total: 4 }), rule("cpu")],
    alerts: [alert("cpu", "a", { name: hostile, detail: hostile, text: hostile })],
  };
  for (const { name, text } of entriesOf(queue)) {
    assertEquals(UNSAFE_CHARACTER.test(name + text), false, JSON.stringify([name, text]));
  }
});

Deno.test("onWallClock() moves every time of the fleet's clock", () => {
  const queue: Queue = {
    ...NOTHING,
    total: 2,
    rules: [rule("cpu", { total: 2 })],
    alerts: [alert("cpu", "a"), alert("cpu", "b", { sinceMs: 10 })],
  };
  const { rules, alerts } = onWallClock(queue, 500);
  assertEquals(rules[0]!.sinceMs, 1_500);
  assertEquals(alerts.map(({ sinceMs }) => sinceMs), [1_500, 510]);
});
