import { assertEquals, assertThrows } from "@std/assert";
import { readAlerts } from "../../../lib/server/alerts/config.ts";
import { describeRule } from "../../../lib/server/alerts/rule.ts";
import { STOCK } from "../../../lib/server/alerts/stock.ts";

const FILE = `
destinations:
  chat: { webhook: "https://chat.example/hook" }
  mail: { smtp: "smtp://mail.example:587" }
tell:
  - { to: [chat], severity: critical }
  - { to: mail, hosts: "role:db" }
rules:
  - { name: db-busy, when: "cpu > 90 for 5m until < 80 for 2m", hosts: "role:db db-*", severity: critical, text: "is busy" }
  - name: low-battery
    when: battery < 20%
  - { name: queue, when: "extra.mail queue > 1k for 1h" }
stock: { cpu: off, volume: { above: 95 }, temperature: { above: "70 °C", until: 60, for: 1m, severity: critical } }
quiet: [ { from: "22:00", to: "06:30", severity: warning } ]
maintenance: [ { hosts: "rack:7", from: 2026-12-01T02:00Z, to: 2026-12-01T04:00Z } ]
`;

const read = (text: string) => readAlerts(text, (name, value) => [name, value] as const);

Deno.test("readAlerts() reads rules, changes of those out of the box, and manners", () => {
  const { destinations, rules, manners } = read(FILE);
  assertEquals(destinations, [
    ["chat", { webhook: "https://chat.example/hook" }],
    ["mail", { smtp: "smtp://mail.example:587" }],
  ]);
  const told = rules.filter((rule) => !STOCK.includes(rule)).map((rule) =>
    [rule.id, rule.severity, ...describeRule(rule), rule.words.join("/"), rule.scope?.text].join(
      " | ",
    )
  );
  assertEquals(told, [
    "volume | warning | Volume above 95% for 5m | at 93% or below for 2m | has a volume that is nearly full/have a volume that is nearly full | ",
    "temperature | critical | Temperature above 70 °C for 1m | at 60 °C or below for 2m | is hot/are hot | ",
    "db-busy | critical | CPU above 90% for 5m | at 80% or below for 2m | is busy/are busy | role:db db-*",
    "low-battery | warning | Battery below 20% | at 20% or above for 1m | has Battery below 20%/have Battery below 20% | ",
    "queue | warning | extra.mail queue above 1000 for 1h | at 1000 or below for 1m | has extra.mail queue above 1000/have extra.mail queue above 1000 | ",
  ]);
  assertEquals(rules.some(({ id }) => id === "cpu"), false);
  assertEquals(rules.length, STOCK.length - 1 + 3);
  assertEquals(manners.tell.map(({ to, severity, scope }) => [to, severity, scope?.text]), [
    [["chat"], "critical", undefined],
    [["mail"], "warning", "role:db"],
  ]);
  assertEquals(manners.quiet, [{ from: 1_320, to: 390, severity: "warning" }]);
  const [work] = manners.maintenance;
  assertEquals(work!.toMs - work!.fromMs, 2 * 3_600_000);
});

Deno.test("readAlerts() tells all destinations of everything, where nothing is said", () => {
  assertEquals(read("").rules, STOCK);
  const { tell } = read("destinations: { a: 1, b: 2 }").manners;
  assertEquals(tell, [{ to: ["a", "b"], severity: "warning", scope: null }]);
  assertEquals(read("destinations: { a: 1, b: 2 }\ntell: # nothing\n").manners.tell, tell);
});

Deno.test("readAlerts() takes an alias for what it stands for", () => {
  const file = "rules:\n- &a { name: a, when: &w cpu > 1 }\n- { name: b, when: *w }\n";
  const { rules } = read(`${file}stock: { cpu: &off off, swap: *off }`);
  assertEquals(rules.slice(-2).map(({ id, of }) => [id, of]), [["a", "cpu"], ["b", "cpu"]]);
  assertEquals(rules.some(({ id }) => id === "swap"), false);
  assertThrows(() => read(`${file}- *a`), RangeError, "another rule has that name");
});

Deno.test("readAlerts() names the line and the reason of what is wrong", async (t) => {
  const rule = (when: string) => `rules:\n- name: a\n  when: ${when}`;
  const cases: [text: string, error: string][] = [
    ["a: [", "line 1: not YAML"],
    ["rules: []\nrules: []", "line 2: map keys must be unique"],
    ["destinations:\n  a: { b: { c: 1,\n    c: 2 } }", "line 3: map keys must be unique"],
    ["\nrule: []", 'line 2: cannot use "rule": it must be one of'],
    ["rules: 7", "line 1: it must be a list"],
    ["[]", "line 1: it must be a mapping"],
    ["rules:\n- 7", "line 2: it must be a mapping"],
    ["rules:\n- { when: cpu > 1 }", "line 2: it needs name"],
    ["rules:\n- { name: A b, when: cpu > 1 }", "line 2: a name is of a-z"],
    ["rules:\n- { name: a }", "line 2: it needs when"],
    [rule("cpu is high"), "line 3: it must be such as cpu > 90 for 5m"],
    [rule("cpuu > 90"), "line 3: there is no number"],
    [rule("cpu > ninety"), 'line 3: "ninety" is no such value: write 80 or 80%'],
    [rule("cpu > 90 for ever"), 'line 3: "ever" is no such time'],
    [rule("cpu > 90 for 30"), 'line 3: "30" is no such time'],
    [rule("cpu > 90 until < 95"), "line 3: it must end at what it fires by"],
    [rule("cpu > 90 until > 80"), "line 3: it ends where it fires"],
    [rule("battery < 20 until > 10"), "line 3: it must end at what it fires by"],
    [rule("cpu > 90\n  hosts: cpu>x"), "line 4: “cpu>x” cannot be compared"],
    [rule("cpu > 90\n  severity: bad"), 'line 4: cannot use "bad": it must be one of warning'],
    [rule('cpu > 90\n  text: "a\\nb"'), "line 4: it must be one line"],
    ["rules:\n- { name: a, when: cpu > 1 }\n- { name: a, when: cpu > 2 }", "line 3: Cannot use"],
    ["rules: []\n---\nrules: []", "line 2: it holds more than one document"],
    ["[".repeat(9_000), "line 1: it is nested too deeply"],
    ["rules:\n- { name: cpu, when: cpu > 1 }", "change it below stock"],
    ["destinations:\n  a: { webhook: *none }", "line 2: an alias must follow its anchor"],
    ["destinations: &all\n  a: { all: *all }", "line 2: an alias must follow its anchor"],
    [`destinations:\n  a: [&b [&c [1], *c], ${Array(11).fill("*b").join()}]`, "line 2: an alias"],
    ["stock: { cup: off }", 'line 1: cannot use "cup": it must be one of'],
    ["stock:\n  cpu: { below: 3 }", 'line 2: cannot use "below": it must be one of above'],
    ["stock:\n  cpu: { above: 50, until: 60 }", "line 2: it must end"],
    ["tell:\n- { to: chat }", 'line 2: cannot use "chat": there is none'],
    ["destinations: { chat: 1 }\ntell:\n- { to: [chap] }", "did you mean chat?"],
    ["destinations: { chat: 1 }\ntell:\n- { to: [] }", "line 3: it names nobody"],
    ['quiet:\n- { from: "22:00", to: "22:00" }', "line 2: from and to are the same"],
    ["quiet:\n- { from: 25:00, to: 06:00 }", "line 2: a time of the day"],
    [
      "maintenance:\n- { hosts: a, from: 2026-12-01T04:00Z, to: 2026-12-01T02:00Z }",
      "line 2: from",
    ],
    ["maintenance:\n- { hosts: a, from: soon, to: later }", "line 2: it must be a time such as"],
    [
      "maintenance:\n- { hosts: ' ', from: 2026-12-01T04:00Z, to: 2026-12-01T05:00Z }",
      "line 2: it",
    ],
  ];
  for (const [text, error] of cases) {
    await t.step(text.slice(0, 99), () => {
      assertThrows(() => read(text), RangeError, error);
    });
  }
  const refuse = () => {
    throw new RangeError("Cannot use the destination a: it is none");
  };
  assertThrows(
    () => readAlerts("destinations:\n\n  a: 7", refuse),
    RangeError,
    "line 3: Cannot use the destination a: it is none",
  );
});
