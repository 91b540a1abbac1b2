/**
 * Sorts many rows without holding the event loop for long: a merge sort that pauses. Pure.
 */
import type { RowOrder } from "../fleet/query.ts";
import type { HostRow } from "../fleet/row.ts";

/** Rows sorted, or merged, in one turn of the event loop. Comparing two names costs about a microsecond. */
const ROWS_PER_SORT = 250;
const ROWS_PER_MERGE = 1_500;

/** Sorts into a new array; equal rows stay in their order. */
export async function sortInTurns(
  rows: readonly HostRow[],
  order: RowOrder,
  pause: () => Promise<void>,
): Promise<readonly HostRow[]> {
  let runs: (readonly HostRow[])[] = [];
  for (let first = 0; first < rows.length; first += ROWS_PER_SORT) {
    runs.push(rows.slice(first, first + ROWS_PER_SORT).sort(order));
    await pause();
  }
  while (runs.length > 1) {
    const longer: (readonly HostRow[])[] = [];
    for (let at = 0; at < runs.length; at += 2) {
      longer.push(await merge(runs[at]!, runs[at + 1] ?? [], order, pause));
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

async function merge(
  a: readonly HostRow[],
  b: readonly HostRow[],
  order: RowOrder,
  pause: () => Promise<void>,
): Promise<readonly HostRow[]> {
  await pause();
  const merged: HostRow[] = [];
  let atA = 0;
  let atB = 0;
  while (atA < a.length && atB < b.length) {
    merged.push(order(a[atA]!, b[atB]!) <= 0 ? a[atA++]! : b[atB++]!);
    if (merged.length % ROWS_PER_MERGE === 0) await pause();
  }
  return merged.concat(a.slice(atA), b.slice(atB));
}
