// @ts-check
/// <reference lib="dom" />
/**
 * The card beside a cell of the grid that is pointed at or has the focus: whose it is, how that host is, and
 * what is wrong with it. What the cells do not say is asked for once nothing else is pointed at for a moment.
 */
import { bar } from "./cells.js";
import { CATALOGUE } from "./catalogue.js";
import { command } from "./commands.js";
import { element, setAttribute, setText } from "./dom.js";
import { cleanText } from "../../../common/text.js";
import { formatAge, formatCountOf, formatPercent, tagsText } from "../../../common/format.js";
import { levelOf, STATUS_SIGNS } from "../../../common/status.js";
import { troubleOf } from "../../../common/troubles.js";

/** @typedef {import("../../../common/alerts.js").ShownAlert} ShownAlert */
/** @typedef {import("../../../common/status.js").HostStatus} HostStatus */
/** @typedef {{ id: string, name: string, status: HostStatus, text: string, others: number, alert: ShownAlert | undefined }} Shown a cell: its first host, what it shows, and how many others it stands for */

/** So long nothing else is pointed at before more is asked for. */
const REST_MS = 150;

/** Every share of a host that the table always shows. */
const SHARES = CATALOGUE.metrics.filter(({ bar, page }) => bar && page?.from === 0);

/** Makes the card. */
export function gridCard() {
  const mark = element("span", { class: "mark", "aria-hidden": "true" });
  const name = element("b", {});
  const age = element("span", { class: "hint" });
  const about = element("p", { class: "hint" });
  const trouble = element("p", { class: "say" });
  const shares = SHARES.map(({ label, field = "" }) => {
    const drawn = bar();
    const number = element("span", { class: "number" });
    const row = [element("span", { class: "hint" }, label), drawn.node, number];
    /** @param {any} host */
    const show = (host) => {
      const percent = host?.[field] ?? null;
      drawn.show(percent);
      setText(number, formatPercent(percent));
      setAttribute(number, "data-level", levelOf(percent));
    };
    return { row, show };
  });
  const more = element("div", { class: "shares-of" }, ...shares.flatMap(({ row }) => row));
  const head = element("p", { class: "card-head status" }, mark, name, age);
  const node = element("div", { class: "card", hidden: true }, head, about, more, trouble);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asked = "";

  /** Shows a cell; nothing with `null`. @param {Shown | null} cell */
  function show(cell) {
    node.hidden = cell === null;
    if (cell === null) return leave();
    const { id, status, others, alert } = cell;
    const wrong = troubleOf({ status, alert });
    setText(mark, STATUS_SIGNS[status]);
    setAttribute(head, "data-status", status);
    setText(name, cleanText(cell.name));
    setText(trouble, wrong === null ? "" : `${wrong.word} ${wrong.text}`);
    setAttribute(trouble, "data-level", wrong?.level ?? false);
    if (id === asked) return;
    leave();
    asked = id;
    setText(age, cell.text);
    setText(
      about,
      others > 0 ? `and ${formatCountOf(others, "more host")}: the worst is shown` : "",
    );
    more.hidden = others > 0;
    for (const { show } of shares) show(null);
    if (others === 0) timer = setTimeout(() => ask(id), REST_MS);
  }

  function leave() {
    clearTimeout(timer);
    asked = "";
  }

  /** @param {string} id */
  async function ask(id) {
    const { answer, error } = await command("GET", `hosts/${encodeURIComponent(id)}`, {});
    if (id !== asked || error !== "") return;
    const { row, nowMs } = answer;
    setText(age, `${formatAge(nowMs - row.lastSeenMs)} ago`);
    setText(about, cleanText(tagsText(row.tags)));
    for (const { show } of shares) show(row);
  }

  return { node, show };
}
