/**
 * The status page, for people without the token: chosen hosts by their names, and how each of them is, in one
 * word. It says nothing else: no address, no number, no tag, no id, nor what chose them; and leads nowhere.
 * It is made of the fleet at most once in some seconds, however many ask. Pure.
 */
import { type HostStatus, STATUS_SIGNS } from "../../common/status.js";
import { cleanText, escapeHtml } from "../../common/text.js";
import type { StatusChoice } from "../page_options.ts";
import { orderFleet } from "./api/api.ts";
import type { WebContext } from "./api/context.ts";
import type { Asset } from "./http/response.ts";
import page from "./page/status.html" with { type: "text" };

/** How long a page is shown before it is made anew. */
const FRESH_MS = 5_000;
/** The most hosts that a page lists; a list that is longer is read by nobody. */
const MAX_LISTED = 1_000;

/** What is said in sum, by the worst status of any of the hosts. */
const SUMS: Readonly<Record<HostStatus, string>> = {
  offline: "Some are offline",
  stale: "Some are late",
  live: "All are live",
  left: "None is expected",
};
/** The worst first; who said good-bye is not missed. */
const WORST: readonly HostStatus[] = ["offline", "stale", "live", "left"];

/** A page as it was made last. */
interface Made {
  readonly atMs: number;
  readonly asset: Promise<Asset>;
}

/** The status pages of one server. */
export class StatusPages {
  readonly #context: WebContext;
  readonly #filters: ReadonlyMap<string, string>;
  readonly #base: string;
  readonly #made = new Map<string, Made>();

  constructor(context: WebContext, choices: readonly StatusChoice[], base: string) {
    this.#context = context;
    this.#filters = new Map(choices.map(({ name, filter }) => [`/status/${name}`, filter]));
    this.#base = base;
  }

  /** Whether a path is that of one, as it is written there. */
  has(path: string): boolean {
    return this.#filters.has(path);
  }

  /** The page of such a path. */
  at(path: string): Promise<Asset> {
    const nowMs = this.#context.steadyMs();
    const made = this.#made.get(path);
    if (made !== undefined && nowMs - made.atMs < FRESH_MS) return made.asset;
    const asset = this.#make(path, nowMs);
    this.#made.set(path, { atMs: nowMs, asset });
    return asset;
  }

  async #make(path: string, atMs: number): Promise<Asset> {
    const hosts = await this.#hostsOf(this.#filters.get(path)!);
    const worst = WORST.find((status) => hosts.some((host) => host.status === status));
    const lines = hosts.slice(0, MAX_LISTED).map(lineOf);
    if (hosts.length > MAX_LISTED) lines.push("<li>and others</li>");
    const text = page.replaceAll('="/', `="${this.#base}`)
      .replaceAll("NAME", () => escapeHtml(path.slice("/status/".length)))
      .replaceAll("SUM", worst === undefined ? "No host is here" : SUMS[worst])
      .replace('data-status=""', `data-status="${worst ?? ""}"`)
      .replace("<!-- HOSTS -->", () => lines.join(""));
    return { text, type: "text/html; charset=utf-8", etag: `"${atMs.toString(36)}"` };
  }

  async #hostsOf(text: string): Promise<readonly Listed[]> {
    const query = { text, statuses: null, sort: "name", descending: false } as const;
    const { order, nowMs } = await orderFleet(this.#context, query);
    const { fleet } = this.#context;
    return fleet.hostsAt(order.slice(0, order.length)).map(({ legacy, name, slot }) => ({
      // A legacy sender goes by its address.
      name: legacy ? "a host without a name" : name,
      status: fleet.index.status(slot, nowMs),
    }));
  }
}

interface Listed {
  readonly name: string;
  readonly status: HostStatus;
}

function lineOf({ name, status }: Listed): string {
  const sign = `<span class="mark" aria-hidden="true">${STATUS_SIGNS[status]}</span>`;
  const said = `<span class="status" data-status="${status}">${sign}${status}</span>`;
  return `<li><b>${escapeHtml(cleanText(name))}</b>${said}</li>`;
}
