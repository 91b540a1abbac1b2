/**
 * The status page, for people without the token: chosen hosts by their names, and how each of them is, in one
 * word. It says nothing else: no address, no number, no tag, no id, nor what chose them; and leads nowhere.
 * It is made at most once in some seconds, however many ask. Pure.
 */
import { formatAddress } from "../../common/address.ts";
import { type HostStatus, STATUS_SIGNS } from "../../common/status.js";
import { cleanText, escapeHtml } from "../../common/text.js";
import type { HostRow } from "../fleet/host/row.ts";
import type { StatusChoice } from "../page_options.ts";
import type { Asset } from "./http/response.ts";
import page from "./page/status.html" with { type: "text" };

/** How long a page is shown before it is made anew. */
const FRESH_MS = 5_000;
/** The most hosts that a page lists; a list that is longer is read by nobody. */
const MAX_LISTED = 1_000;

/** What is said in sum where all that are expected have one status. */
const SUMS_OF_ALL: Partial<Record<HostStatus, string>> = {
  offline: "All are offline",
  stale: "All are late",
};
/** What else is said in sum, by the worst status of any of the hosts, or as some of them are unknown. */
const SUMS: Readonly<Record<HostStatus | "unknown", string>> = {
  offline: "Some are offline",
  unknown: "Not all are known now",
  stale: "Some are late",
  live: "All are live",
  left: "None is expected",
};
/** The worst first; who said good-bye is not missed. */
const WORST: readonly HostStatus[] = ["offline", "stale", "live", "left"];

/** What a status page is told of a host. */
type Listed = Pick<HostRow, "name" | "address" | "status">;

/** The hosts that a page may be made of. */
export interface StatusSource {
  /** The clock by which a page is made anew. */
  readonly steadyMs: () => number;
  /**
   * The first so many hosts, by their names, that a filter lets through and that have one of some statuses
   * (`null`: any); how many there are, and whether that is all that is to be known now.
   */
  readonly hostsOf: (
    text: string,
    statuses: readonly HostStatus[] | null,
    limit: number,
  ) => Promise<
    { readonly hosts: readonly Listed[]; readonly matched: number; readonly isWhole: boolean }
  >;
}

/** A page as it was made last. */
interface Made {
  readonly atMs: number;
  readonly asset: Promise<Asset>;
}

/** The status pages of one server. */
export class StatusPages {
  readonly #source: StatusSource;
  readonly #filters: ReadonlyMap<string, string>;
  readonly #base: string;
  readonly #made = new Map<string, Made>();

  constructor(source: StatusSource, choices: readonly StatusChoice[], base: string) {
    this.#source = source;
    this.#filters = new Map(choices.map(({ name, filter }) => [`/status/${name}`, filter]));
    this.#base = base;
  }

  /** Whether a path is that of one, as it is written there. */
  has(path: string): boolean {
    return this.#filters.has(path);
  }

  /** The page of such a path. */
  at(path: string): Promise<Asset> {
    const nowMs = this.#source.steadyMs();
    const made = this.#made.get(path);
    if (made !== undefined && nowMs - made.atMs < FRESH_MS) return made.asset;
    const asset = this.#make(path, nowMs);
    this.#made.set(path, { atMs: nowMs, asset });
    return asset;
  }

  async #make(path: string, atMs: number): Promise<Asset> {
    const filter = this.#filters.get(path)!;
    const { hosts, matched, isWhole } = await this.#source.hostsOf(filter, null, MAX_LISTED);
    const statuses = matched > hosts.length ? await this.#statusesOf(filter) : statusesIn(hosts);
    const sum = isWhole || statuses[0] === "offline" ? statuses[0] : "unknown";
    const lines = hosts.map(lineOf);
    if (matched > hosts.length) lines.push("<li>and others</li>");
    const text = page.replaceAll('="/', `="${this.#base}`)
      .replaceAll("NAME", () => escapeHtml(path.slice("/status/".length)))
      .replaceAll("SUM", sumText(statuses, isWhole))
      .replace('data-status=""', `data-status="${sum ?? ""}"`)
      .replace("<!-- HOSTS -->", () => lines.join(""));
    return { text, type: "text/html; charset=utf-8", etag: `"${atMs.toString(36)}"` };
  }

  /** Those of more hosts than are listed, the worst first. */
  async #statusesOf(filter: string): Promise<readonly HostStatus[]> {
    const found: HostStatus[] = [];
    for (const status of WORST) {
      if ((await this.#source.hostsOf(filter, [status], 1)).matched > 0) found.push(status);
    }
    return found;
  }
}

function statusesIn(hosts: readonly Listed[]): readonly HostStatus[] {
  return WORST.filter((status) => hosts.some((host) => host.status === status));
}

/** The statuses that hosts have in a sentence, the worst first. */
function sumText([worst, ...others]: readonly HostStatus[], isWhole: boolean): string {
  if (!isWhole) {
    return worst === "offline" ? `${SUMS.offline}, and not all are known now` : SUMS.unknown;
  }
  if (worst === undefined) return "No host is here";
  const isOfAll = others.every((status) => status === "left");
  return isOfAll && SUMS_OF_ALL[worst] || SUMS[worst];
}

function lineOf({ name, address, status }: Listed): string {
  const sign = `<span class="mark" aria-hidden="true">${STATUS_SIGNS[status]}</span>`;
  const said = `<span class="status" data-status="${status}">${sign}${status}</span>`;
  return `<li><b>${escapeHtml(nameOf(name, address))}</b>${said}</li>`;
}

/** A legacy sender goes by its address, which is not told. */
function nameOf(name: string, address: string): string {
  const isAddress = address.startsWith(formatAddress({ hostname: name, port: 0 }).slice(0, -1));
  return isAddress ? "a host without a name" : cleanText(name);
}
