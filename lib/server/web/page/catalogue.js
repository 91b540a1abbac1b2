// @ts-check
/** The catalogue of metrics as the page needs it; to a browser `assets.ts` serves it as data. */
import { DEVICES, fieldOf, groupOf, groupTitle, METRICS } from "../../../catalogue.ts";
import { COMPARED_NUMBERS, OWN_COLUMNS, SORT_COLUMNS } from "../../../common/columns.ts";

/** All of it. */
export const CATALOGUE = {
  metrics: METRICS.map((row) => ({ ...row, group: groupOf(row), name: fieldOf(row) })),
  groups: Object.fromEntries(METRICS.map(groupOf).map((group) => [group, groupTitle(group)])),
  devices: DEVICES,
  own: OWN_COLUMNS,
  sorts: SORT_COLUMNS,
  compared: COMPARED_NUMBERS,
};
