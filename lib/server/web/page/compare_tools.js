// @ts-check
/// <reference lib="dom" />
/**
 * What stands above compared hosts: the metric, how many of which hosts, and the way to take it along, as a
 * link or as CSV.
 */
import { MAX_SEARCH_LENGTH } from "../../../common/limits.js";
import { comparedMetrics, TOPS } from "./compare.js";
import { element, setAttribute, setText } from "./dom.js";
import { filterOf } from "./query.js";

/** @typedef {import("./compare.js").Compared} Compared */

/** So long nothing more is typed before it is asked for. */
const TYPING_MS = 300;
/** So long it says that the link was copied. */
const TOLD_MS = 2_000;

/**
 * Makes it.
 *
 * @param {object} given
 * @param {boolean} given.kept whether a past is kept on disk
 * @param {(change: Partial<Compared>) => void} given.onChange
 * @param {() => string} given.url of what is shown, at the API
 * @param {() => string} given.link to what is shown, for good
 */
export function compareTools({ kept, onChange, url, link }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const metric = element("select", {
    "aria-label": "Metric",
    onchange: () => onChange({ metric: metric.value }),
  });
  for (const { name, label } of comparedMetrics(kept)) {
    metric.append(element("option", { value: name }, label));
  }
  const top = element("select", {
    "aria-label": "Which hosts",
    onchange: () => onChange({ top: Number(top.value) }),
  });
  const filter = element("input", {
    ...{ type: "search", placeholder: "of all hosts: role:db  /", "aria-label": "Filter hosts" },
    ...{ autocomplete: "off", spellcheck: "false", maxlength: MAX_SEARCH_LENGTH },
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(() => onChange({ text: filterOf(filter.value).text }), TYPING_MS);
    },
  });
  const clear = element("button", {
    ...{ type: "button", title: "only those with the highest mean" },
    onclick: () => onChange({ hosts: [], top: TOPS[1] ?? 0 }),
  });
  const copy = element("button", { type: "button", onclick: copyLink }, "Copy link");
  const csv = element("button", { type: "button", onclick: saveCsv }, "CSV");
  copy.hidden = navigator.clipboard === undefined;

  async function copyLink() {
    await navigator.clipboard.writeText(link());
    setText(copy, "Copied");
    setTimeout(() => setText(copy, "Copy link"), TOLD_MS);
  }

  async function saveCsv() {
    const response = await fetch(url(), { headers: { accept: "text/csv" } });
    const href = URL.createObjectURL(await response.blob());
    element("a", { href, download: `pulso-${metric.value}.csv` }).click();
    URL.revokeObjectURL(href);
  }

  /** @param {Compared} compared */
  function show({ metric: name, hosts, top: most, text }) {
    metric.value = name;
    const none = hosts.length === 0 ? [] : [element("option", { value: "0" }, "no others")];
    top.replaceChildren(
      ...none,
      ...TOPS.map((n) => element("option", { value: String(n) }, `top ${n}`)),
    );
    top.value = String(most);
    clear.hidden = hosts.length === 0;
    setText(clear, `${hosts.length} picked ×`);
    filter.hidden = most === 0;
    if (document.activeElement !== filter) filter.value = text;
    setAttribute(filter, "aria-invalid", filterOf(filter.value).problem !== null && "true");
  }

  const node = element("div", { class: "toolbar" }, metric, clear, top, filter);
  return {
    ...{ node, links: [copy, csv], show, focus: () => filter.focus() },
    clear: () => clear.hidden || clear.click(),
  };
}
