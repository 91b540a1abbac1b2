import { assert, assertEquals } from "@std/assert";
import {
  type MarkedAlert,
  MAX_OF_RULE,
  MAX_QUEUE,
  queueOf,
  showAlert,
} from "../../../lib/server/alerts/queue.ts";
import { readScope } from "../../../lib/server/alerts/scope.ts";
import { visitOf } from "./watched.ts";
import { STOCK } from "../../../lib/server/alerts/stock.ts";

const ruleOf = (id: string) => STOCK.find((rule) => rule.id === id)!;
const about = { value: 99, isFlapping: false, isMuted: false };

/** Alerts of a rule, of which the first was the last to fire. */
function standing(id: string, count: number): MarkedAlert[] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ rule: ruleOf(id), key: `${id}-${n}`, sinceMs: 1_000_000 - n, ...about },
  }));
}

function queue(alerts: readonly MarkedAlert[]) {
  return queueOf(visitOf(alerts), [], (alert) => showAlert(alert, alert.key, ""));
}

Deno.test("queueOf() has those that stand longest of each rule, and counts all", () => {
  const alerts = [...standing("cpu", 500), ...standing("offline", 300), ...standing("swap", 2)];
  const { total, rules, alerts: first } = queue(alerts);
  assertEquals(total, 802);
  assertEquals(rules.map(({ alert, total }) => [alert, total]), [
    ["offline", 300],
    ["cpu", 500],
    ["swap", 2],
  ]);
  assertEquals(
    first.slice(0, MAX_OF_RULE).map(({ id }) => id),
    Array.from({ length: MAX_OF_RULE }, (_, n) => `offline-${299 - n}`),
  );
  assertEquals(first.length, 2 * MAX_OF_RULE + 2);
  assertEquals(rules[1]!.sinceMs, 1_000_000 - 499);
});

Deno.test("queueOf() is bounded, whatever the number of rules", () => {
  const { alerts, rules } = queue(STOCK.flatMap(({ id }) => standing(id, 40)));
  assert(STOCK.length * MAX_OF_RULE > MAX_QUEUE);
  assertEquals([alerts.length, rules.length], [MAX_QUEUE, STOCK.length]);
});

Deno.test("queueOf() leaves out what is muted, and counts it", () => {
  const [one, two] = standing("cpu", 2);
  const { total, muted, alerts, rules } = queue([one!, { ...two!, isMuted: true }]);
  assertEquals([total, muted, alerts.map(({ id }) => id), rules[0]!.total], [1, 1, ["cpu-0"], 1]);
});

Deno.test("queueOf() says of a rule when it fires and ends, and how to find its hosts", () => {
  const below = { ...ruleOf("cpu"), side: "below", limit: 1, scope: readScope("role:db") } as const;
  const [one] = standing("cpu", 1);
  const all = [...standing("cpu", 1), { ...one!, rule: below }, ...standing("offline", 1)];
  const rules = queue([...all, ...standing("volume-filling", 1)]).rules;
  assertEquals(rules.map(({ filter }) => filter), ["offline", "cpu>95", "cpu<1 role:db", null]);
  const { fires, ends } = rules[1]!;
  assertEquals([fires, ends], ["CPU above 95% for 10m", "at 85% or below for 2m"]);
});

Deno.test("showAlert() parts what is said of a value into number and name", () => {
  const shown = (id: string, said: string, value = 97) => {
    const alert = { ...standing(id, 1)[0]!, value };
    const { text, detail, valueText } = showAlert(alert, "web-01", said);
    return [text, detail, valueText];
  };
  assertEquals(shown("volume-full", "97%, /var"), ["has a volume that is full", "/var", "97%"]);
  assertEquals(shown("cpu", "97%"), ["has a busy CPU", "", "97%"]);
  assertEquals(shown("offline", "last heard 4m ago"), ["is offline", "last heard 4m ago", ""]);
  assertEquals(shown("volume-filling", "/var full in 3h to 6h", 3.6e4)[1], "/var full in 3h to 6h");
});
