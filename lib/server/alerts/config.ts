/**
 * The alerts file: YAML, read into rules and manners, with the line of what is not right. What is below a
 * destination is for others to read. Pure.
 */
import { isScalar, isSeq } from "yaml";
import { readTime } from "../../common/options.ts";
import { checkSides, readCondition, readHold, readValue } from "./condition.ts";
import type { Severity } from "./engine/engine.ts";
import type { Maintenance, Manners, QuietHours, Route } from "./manners.ts";
import { type AlertRule, describeRule, unitOf } from "./rule.ts";
import { readScope, type Scope } from "./scope.ts";
import { STOCK } from "./stock.ts";
import { type Item, YamlReader } from "./yaml.ts";

/** What the file says. */
export interface AlertsConfig<D> {
  readonly destinations: readonly D[];
  readonly rules: readonly AlertRule[];
  readonly manners: Manners;
}

/** Reads one destination from what stands below its name. @throws {RangeError} with one line for the user. */
export type ReadDestination<D> = (name: string, value: unknown) => D;

const NAME = /^[a-z][a-z0-9_-]{0,47}$/;
const SEVERITIES: readonly Severity[] = ["warning", "critical"];

/** Reads the file's text. @throws {RangeError} that names the line. */
export function readAlerts<D>(
  text: string,
  readDestination: ReadDestination<D>,
): AlertsConfig<D> {
  const reader = new YamlReader(text);
  const file = reader.fields(
    reader.root,
    ["destinations", "tell", "rules", "stock", "quiet", "maintenance"],
  );
  const list = <T>(name: string, read: (item: Item) => T) =>
    file[name] === undefined ? [] : reader.list(file[name]).map(read);
  const named = file.destinations === undefined ? [] : reader.entries(file.destinations);
  const destinations = named.map(([name, item]) =>
    reader.at(item, () => readDestination(name, reader.plain(item)))
  );
  const names = named.map(([name]) => name);
  const everybody: Route = { to: names, severity: "warning", scope: null };
  const rules = [...readStock(reader, file.stock)];
  list("rules", (item) => {
    const rule = readRule(reader, item);
    checkName(reader, item, rule, rules);
    rules.push(rule);
  });
  return {
    destinations,
    rules,
    manners: {
      destinations: names,
      tell: file.tell === undefined || reader.isEmpty(file.tell)
        ? [everybody]
        : list("tell", (item) => readRoute(reader, item, names)),
      quiet: list("quiet", (item) => readQuiet(reader, item)),
      maintenance: list("maintenance", (item) => readMaintenance(reader, item)),
    },
  };
}

function readRule(reader: YamlReader, item: Item): AlertRule {
  const fields = reader.fields(item, ["name", "when", "hosts", "severity", "text"]);
  const id = reader.text(reader.need(fields, item, "name"));
  if (!NAME.test(id)) {
    reader.fail(fields.name!, "a name is of a-z, 0-9, - and _, and begins with a letter");
  }
  const when = reader.need(fields, item, "when");
  const condition = reader.at(when, () => readCondition(reader.text(when)));
  const scope = readHosts(reader, fields.hosts);
  const rule = { id, ...condition, scope, severity: readSeverity(reader, fields.severity) };
  const [fires] = describeRule({ ...rule, holdMs: 0, words: ["", ""] });
  const text = fields.text === undefined ? `has ${fires}` : reader.text(fields.text);
  return { ...rule, words: [text, text.replace(/^is\b/, "are").replace(/^has\b/, "have")] };
}

function readStock(reader: YamlReader, item: Item | undefined): readonly AlertRule[] {
  if (item === undefined) return STOCK;
  const changes = reader.fields(item, STOCK.map(({ id }) => id));
  return STOCK.flatMap((rule) => {
    const change = changes[rule.id];
    if (change === undefined) return [rule];
    const isOff = isScalar(change.node) && ["off", false].includes(change.node.value as string);
    return isOff ? [] : [changeStock(reader, rule, change)];
  });
}

/** A rule with another limit ends as far from it as before, where nothing else is said. */
function changeStock(reader: YamlReader, rule: AlertRule, item: Item): AlertRule {
  const { side } = rule;
  const fields = reader.fields(item, [side, "for", "until", "recovery", "severity", "hosts"]);
  const value = (name: string, fallback: number) => {
    const field = fields[name];
    if (field === undefined) return fallback;
    return reader.at(field, () => readValue(reader.text(field), unitOf(rule)));
  };
  const time = (name: string, fallback: number) => {
    const field = fields[name];
    return field === undefined ? fallback : reader.at(field, () => readHold(reader.text(field)));
  };
  const limit = value(side, rule.limit);
  const until = value("until", limit - rule.limit + rule.until);
  reader.at(item, () => checkSides({ side, limit, until }));
  return {
    ...{ ...rule, limit, until },
    holdMs: time("for", rule.holdMs),
    recoveryMs: time("recovery", rule.recoveryMs),
    severity: readSeverity(reader, fields.severity, rule.severity),
    scope: readHosts(reader, fields.hosts),
  };
}

function readRoute(reader: YamlReader, item: Item, names: readonly string[]): Route {
  const fields = reader.fields(item, ["to", "severity", "hosts"]);
  const to = reader.need(fields, item, "to");
  const items = isSeq(to.node) ? reader.list(to) : [to];
  if (items.length === 0) reader.fail(to, "it names nobody");
  return {
    to: items.map((one) => reader.choice(one, names)),
    severity: readSeverity(reader, fields.severity),
    scope: readHosts(reader, fields.hosts),
  };
}

function readQuiet(reader: YamlReader, item: Item): QuietHours {
  const fields = reader.fields(item, ["from", "to", "severity"]);
  const minute = (name: string) => {
    const field = reader.need(fields, item, name);
    const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(reader.text(field)) ?? [];
    if (hours === undefined) reader.fail(field, 'a time of the day is such as "22:00"');
    return 60 * Number(hours) + Number(minutes);
  };
  const [from, to] = [minute("from"), minute("to")];
  if (from === to) reader.fail(item, "from and to are the same: no time is between them");
  return {
    ...{ from, to },
    severity: readSeverity(reader, fields.severity),
  };
}

function readMaintenance(reader: YamlReader, item: Item): Maintenance {
  const fields = reader.fields(item, ["hosts", "from", "to"]);
  const hosts = reader.need(fields, item, "hosts");
  const time = (name: string) => {
    const field = reader.need(fields, item, name);
    return reader.at(field, () => readTime(reader.text(field)));
  };
  const [fromMs, toMs] = [time("from"), time("to")];
  if (fromMs >= toMs) reader.fail(item, "from is not before to");
  return { scope: readHosts(reader, hosts)!, fromMs, toMs };
}

function readHosts(reader: YamlReader, item: Item | undefined): Scope | null {
  return item === undefined ? null : reader.at(item, () => readScope(reader.text(item)));
}

function readSeverity(reader: YamlReader, item: Item | undefined, fallback: Severity = "warning") {
  return item === undefined ? fallback : reader.choice(item, SEVERITIES);
}

function checkName(
  reader: YamlReader,
  item: Item,
  { id }: AlertRule,
  before: readonly AlertRule[],
): void {
  if (!before.some((other) => other.id === id)) return;
  const state = STOCK.some((other) => other.id === id)
    ? "there is such a rule out of the box; change it below stock"
    : "another rule has that name";
  reader.fail(item, `Cannot use the rule ${id}: ${state}`);
}
