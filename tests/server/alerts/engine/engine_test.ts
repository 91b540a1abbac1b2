import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  AlertEngine,
  type Outcome,
  type Rule,
} from "../../../../lib/server/alerts/engine/engine.ts";

const STEP_MS = 1_000;
const RULE: Rule = {
  ...{ id: "cpu", severity: "warning", side: "above", limit: 90, holdMs: 3_000 },
  ...{ until: 80, recoveryMs: 2_000 },
};

/** What has become of an alert, and when. */
interface Change {
  readonly what: Outcome;
  readonly key: string;
  readonly atMs: number;
}

/** An engine, and what it has told. */
function open(rules: readonly Rule[]) {
  const changes: Change[] = [];
  let atMs = NaN;
  const engine = new AlertEngine(rules, (_rule, what, key) => changes.push({ what, key, atMs }));
  const look = (id: string, values: Parameters<AlertEngine["look"]>[1], nowMs: number) => {
    atMs = nowMs;
    return [...engine.look(id, values, nowMs)];
  };
  return { engine, changes, look };
}

/** Looks at the values of one host, a second apart; `null` stands for what is not known. */
function changesOf(
  values: readonly (number | null)[],
  rule: Rule = RULE,
  key: (look: number) => string | null = () => "a",
): Change[] {
  const { look, changes } = open([rule]);
  for (const [at, value] of values.entries()) {
    const host = () => key(at)?.charCodeAt(0) ?? 0;
    look("cpu", { places: 1, key: () => key(at)!, value: () => value ?? NaN, host }, at * STEP_MS);
  }
  return changes;
}

const told = (changes: readonly Change[]) =>
  changes.map(({ what, atMs }) => `${what} at ${atMs / STEP_MS}`);

Deno.test("AlertEngine.look() tells", async (t) => {
  const cases: Record<string, readonly [(number | null)[], string[]]> = {
    "nothing of what is usual": [[10, 90, 80, 90], []],
    "what holds for as long as it must": [[95, 95, 95, 95, 95], ["fired at 3"]],
    "nothing that does not": [[95, 95, 95, 90, 95, 95, 95, 10], []],
    "the end of it": [[95, 95, 95, 95, 80, 80, 80, 10], ["fired at 3", "recovered at 6"]],
    "no end between the two thresholds": [[95, 95, 95, 95, 85, 85, 85, 85], ["fired at 3"]],
    "no end before its recovery": [[95, 95, 95, 95, 80, 80, 85, 80, 80], ["fired at 3"]],
    "it later for what was not known": [[95, 95, null, null, 95, 95, 95], ["fired at 5"]],
    "nothing of what is not known": [[95, null, null, null, null], []],
    "no end of what is not known": [[95, 95, 95, 95, null, null, null], ["fired at 3"]],
  };
  for (const [name, [values, expected]] of Object.entries(cases)) {
    await t.step(name, () => assertEquals(told(changesOf(values)), expected));
  }
});

Deno.test("AlertEngine.look() fires at once without a hold", () => {
  assertEquals(told(changesOf([95, 70], { ...RULE, holdMs: 0, recoveryMs: 0 })), [
    "fired at 0",
    "recovered at 1",
  ]);
});

Deno.test("AlertEngine.look() ends what stands when its host has gone, and takes no other for it", () => {
  const gone = changesOf([95, 95, 95, 95, 95, 95], RULE, (look) => look < 5 ? "a" : null);
  assertEquals(told(gone), ["fired at 3", "gone at 5"]);
  const other = changesOf(new Array(10).fill(95), RULE, (n) => n < 5 ? "a" : "b");
  assertEquals(other.map(({ what, key }) => `${what} ${key}`), ["fired a", "gone a", "fired b"]);
  assertEquals(changesOf([95, 95, 95, 95], RULE, (look) => look < 2 ? "a" : "b"), []);
});

Deno.test("AlertEngine.look() tells of one that flaps once, until it has been calm for an hour", () => {
  const flapping = Array.from({ length: 200 }, (_, look) => look % 10 < 5 ? 95 : 10);
  assertEquals(told(changesOf([...flapping, ...new Array(3_700).fill(10)])), [
    ...["fired at 3", "recovered at 7", "fired at 13", "recovered at 17"],
    ...["fired at 23", "recovered at 27", "flapping at 33", "recovered at 3795"],
  ]);
});

Deno.test("AlertEngine.visit() takes those that stand", () => {
  const { engine, look } = open([RULE, { ...RULE, id: "memory", holdMs: 0 }]);
  const hosts = [95, 10, 95];
  for (let at = 0; at <= 4; at++) {
    for (const id of ["cpu", "memory"]) {
      const value = (place: number) => at === 4 && place === 2 ? NaN : hosts[place]!;
      const key = (place: number) => `host-${place}`;
      look(id, { places: 3, host: (place) => place + 1, key, value }, at * STEP_MS);
    }
  }
  const alerts: string[] = [];
  engine.visit((rule, cases, row) => {
    const { key, sinceMs, value } = cases.at(row);
    alerts.push([rule.id, key, sinceMs, value].join());
  });
  assertEquals(alerts, [
    ...["cpu,host-0,3000,95", "cpu,host-2,3000,95"],
    ...["memory,host-0,0,95", "memory,host-2,0,95"],
  ]);
});

Deno.test("AlertEngine.look() tells nothing without its hold, nothing twice, and all that holds", () => {
  const value = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(70, 85, 95) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  const runs = fc.array(fc.tuple(value, fc.integer({ min: 1, max: 6 })), { maxLength: 60 });
  fc.assert(fc.property(runs, (traces) => {
    const values = traces.flatMap(([value, length]) => new Array(length).fill(value));
    const changes = changesOf(values);
    const lastKnown = (look: number) => values.slice(0, look + 1).filter((v) => v !== null);
    changes.forEach(({ what, atMs }, n) => {
      const before = changes[n - 1]?.what ?? "recovered";
      const recent = lastKnown(atMs / STEP_MS);
      if (what === "recovered") {
        assert(before === "fired" || before === "flapping", "it ends what stands");
        assert(recent.slice(-3).every((value) => value <= RULE.until), "after its recovery");
      } else {
        assertEquals(before, "recovered");
        assert(recent.slice(-4).every((value) => value > RULE.limit), "after its hold");
        assert(recent.length >= 4);
      }
    });
    // What is known to hold for long enough stands.
    values.forEach((_, look) => {
      const held = values.slice(Math.max(0, look - 3), look + 1);
      if (held.length < 4 || !held.every((value) => value !== null && value > RULE.limit)) return;
      const last = changes.findLast(({ atMs }) => atMs <= look * STEP_MS);
      assert(last !== undefined && last.what !== "recovered", `stands at ${look}`);
    });
  }));
});
