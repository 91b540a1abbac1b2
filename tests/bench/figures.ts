/** What a benchmark yields, how it is shown, and how it compares with an earlier run. Pure. */

/** One thing that was measured, a value for each run; percent, MiB, µs as the unit says. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** A run as it is kept in a file: the medians by name. */
export type Kept = Readonly<Record<string, { readonly median: number; readonly unit: string }>>;

/** The middle one of some numbers, the lower of two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A quantile of numbers, the nearest one below. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? NaN;
}

/** The lines of a table in Markdown: median, range, and the ratio to what was kept before. */
export function tableLines(figures: readonly Figure[], before: Kept): string[] {
  const rows = figures.map(({ name, unit, values }) => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const range = values.length > 1 ? `${digits(least)} – ${digits(most)}` : "";
    const last = before[name]?.median;
    const ratio = last ? `× ${(median(values) / last).toFixed(2)}` : "new";
    return `| ${name} | ${digits(median(values))} ${unit} | ${range} | ${ratio} |`;
  });
  return ["| | median | range | to the last kept |", "| --- | --- | --- | --- |", ...rows];
}

/** A column of a table of programs: the field of a row, what it says, and its unit. */
export type Column<Field extends string> = readonly [field: Field, title: string, unit: string];

/** A program's numbers by field, a value for each run; none where it is not installed. */
export interface ProgramRow<Field extends string> {
  readonly name: string;
  readonly values: Readonly<Record<Field, readonly number[]>>;
}

/** The lines of a table in Markdown with a line for each program: median, range, ratio to what was kept before. */
export function sideBySideLines<Field extends string>(
  rows: readonly ProgramRow<Field>[],
  columns: readonly Column<Field>[],
  before: Kept = {},
): string[] {
  const head = columns.map(([, title, unit]) => unit === "" ? title : `${title}, ${unit}`);
  const lines = rows.map(({ name, values }) => {
    const cells = columns.map(([field, title]) =>
      cellOf(values[field], before[`${name}: ${title}`]?.median)
    );
    return `| ${name} | ${cells.join(" | ")} |`;
  });
  return [`| | ${head.join(" | ")} |`, `| --- |${" --- |".repeat(columns.length)}`, ...lines];
}

function cellOf(values: readonly number[], last: number | undefined): string {
  if (values.length === 0) return "–";
  const range = `${digits(Math.min(...values))} – ${digits(Math.max(...values))}`;
  const ratio = last ? ` × ${(median(values) / last).toFixed(2)}` : "";
  return digits(median(values)) + (values.length > 1 ? ` (${range})` : "") + ratio;
}

/** The same numbers one by one, as they are kept. */
export function programFigures<Field extends string>(
  rows: readonly ProgramRow<Field>[],
  columns: readonly Column<Field>[],
): Figure[] {
  return rows.flatMap(({ name, values }) =>
    columns.filter(([field]) => values[field].length > 0).map(([field, title, unit]) => (
      { name: `${name}: ${title}`, unit, values: values[field] }
    ))
  );
}

/** What is kept of a run. */
export function keep(figures: readonly Figure[]): Kept {
  return Object.fromEntries(figures.map(({ name, unit, values }) => {
    return [name, { median: Number(median(values).toPrecision(4)), unit }];
  }));
}

/** Three digits, with separators. */
function digits(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: value >= 1_000 ? 6 : 3 });
}
