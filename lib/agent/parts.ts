/**
 * What can be left out of a message that is too long: numbers, lists and groups that not every system
 * has, the last of the catalogue first, with the number of those left out. Pure.
 */
import type { Message, MetricGroup } from "../message/message.ts";
import { isList, type ListField, SCHEMA } from "../message/schema.ts";

/** A number of a host or of its devices, a list, or a whole group. */
export interface Part {
  readonly group: MetricGroup;
  /** `null` where it is the whole group. */
  readonly field: string | null;
  /** The list whose devices have the number. */
  readonly list?: ListField;
}

type Fields = Readonly<Record<string, unknown>>;
type Mutable = Record<string, unknown>;

/** Every part, in the order in which they are left out. */
export const PARTS: readonly Part[] = SCHEMA.toReversed().flatMap(
  ({ name: group, fields, isRow }): Part[] => {
    if (isRow) return [{ group, field: null }];
    return fields.toReversed().flatMap((field): Part[] => {
      if (field.optional) return [{ group, field: field.name }];
      if (!isList(field)) return [];
      return field.fields.filter(({ optional }) => optional).toReversed()
        .map(({ name }) => ({ group, field: name, list: field }));
    });
  },
);

/** A message without some parts. */
export function withoutParts(message: Message, parts: readonly Part[]): Message {
  const left: Mutable = { ...message };
  let omitted = 0;
  for (const { group, field, list } of parts) {
    const before = left[group] as Fields | null | undefined;
    if (!before) continue;
    const [after, count] = field === null
      ? [{}, Object.keys(before).length]
      : list === undefined
      ? withoutField(group, before, field)
      : withoutNumber(before, list, field);
    omitted += count;
    if (Object.keys(after).length > 0) left[group] = after;
    else delete left[group];
  }
  return { ...left, ...(omitted > 0 && { omitted }) } as unknown as Message;
}

/** A group without a number or a list, whose devices are counted in the group. */
function withoutField(group: MetricGroup, fields: Fields, name: string): [Fields, number] {
  const { [name]: value, ...others } = fields;
  if (value === undefined) return [fields, 0];
  if (!Array.isArray(value)) return [others, 1];
  const list = listsOf(group).find((list) => list.name === name)!;
  const count = value.length + Number(fields[list.omitted] ?? 0);
  return [{ ...others, [list.omitted]: count }, 0];
}

function withoutNumber(group: Fields, { name }: ListField, field: string): [Fields, number] {
  const devices = group[name] as readonly Fields[];
  const have = devices.filter((device) => device[field] !== undefined).length;
  if (have === 0) return [group, 0];
  return [{ ...group, [name]: devices.map(({ [field]: _, ...others }) => others) }, have];
}

function listsOf(group: MetricGroup): readonly ListField[] {
  return SCHEMA.find(({ name }) => name === group)!.lists;
}

/** So many devices that are rows are listed where not everything fits. */
const FEW_ROWS = 4;
/** By what those are chosen. */
const RANKS: Readonly<Record<string, string>> = {
  disk: "busy",
  temperature: "celsius",
  fan: "rpm",
};

/** A message with a few of each kind of device that is a row: those with the highest numbers. */
export function withFewRows(message: Message): Message {
  const fewer: Mutable = { ...message };
  for (const { name, lists } of SCHEMA) {
    for (const { name: list, isRow, device, omitted } of lists) {
      const group = fewer[name] as Fields | null | undefined;
      const rows = (isRow ? group?.[list] ?? [] : []) as readonly Fields[];
      if (rows.length <= FEW_ROWS) continue;
      const rank = (row: Fields) => Number(row[RANKS[device]!] ?? -Infinity);
      const kept = rows.toSorted((a, b) => rank(b) - rank(a)).slice(0, FEW_ROWS);
      const left = rows.length - FEW_ROWS + Number(group![omitted] ?? 0);
      fewer[name] = { ...group, [list]: rows.filter((row) => kept.includes(row)), [omitted]: left };
    }
  }
  return fewer as unknown as Message;
}
