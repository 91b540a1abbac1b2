/**
 * The series of `/metrics` as remote write sends them: host after host, each with the labels that a scrape
 * would find, sorted by their names as the protocol wants them. Pure.
 */
import type { Metric } from "../../message/message.ts";
import type { Host } from "../fleet/host/host.ts";
import { HOST_FAMILIES } from "../web/prometheus/exposition.ts";
import type { HostFamily } from "../web/prometheus/families.ts";
import {
  type Family,
  type HostSample,
  hostTagLabels,
  type Labels,
  lastSample,
  type Part,
  partLabel,
  partNames,
  sampleHost,
  type ServerFamily,
  type ServerSeries,
} from "../web/prometheus/sample.ts";
import {
  type EncodedLabels,
  encodeLabels,
  NO_LABELS,
  STALE,
  type WriteRequest,
} from "./write_request.ts";

/** Names of devices that are kept encoded: most hosts have the same. */
const MAX_NAMES = 10_000;
/** The labels that every series of a host has; a part's own stands before or behind both. */
const HOST_LABEL = "host";

/** Those of the host that is written, whose memory serves all. */
const HOST_LABELS = encodeLabels([]);
const NAMES = new Map(HOST_FAMILIES.map((family) => [family, nameLabel(family)]));
/** Those of the same parts and the same group of a message: a host without is spared them. */
const FAMILIES = Map.groupBy(HOST_FAMILIES, ({ part, group }) => `${part} ${group}`).values()
  .map((families) => ({ ...families[0]!, families })).toArray();

function nameLabel({ name }: Family): EncodedLabels {
  return encodeLabels([["__name__", name]]);
}

/** Adds the series of a host, and ends those of one that fell silent or left since the time before. */
export function addHost(
  request: WriteRequest,
  host: Host,
  { nowMs, beforeMs, aheadMs }: { nowMs: number; beforeMs: number; aheadMs: number },
): void {
  const sample = sampleHost(host, nowMs, aheadMs);
  const ended = sample.up ? null : lastSample(host, beforeMs, aheadMs);
  const series = new HostSeries(request, host);
  const { metrics } = ended ?? sample;
  for (const { part, group, families } of FAMILIES) {
    if (group !== null && !metrics[group]) continue;
    if (!series.enter(part, ended ?? sample)) continue;
    for (const family of families) {
      const isKnown = series.add(family, sample);
      if (!isKnown && ended !== null) series.add(family, ended, STALE);
    }
  }
}

/** Takes the values of one host, family by family, and adds each with its labels. */
class HostSeries {
  readonly #request: WriteRequest;
  readonly #pairs: Labels;
  readonly #labels: EncodedLabels;
  /** Those that tell the parts apart of which families are added, and whether they stand before the host's. */
  #own: readonly EncodedLabels[] | null = null;
  #isBefore = false;
  #name: EncodedLabels = NO_LABELS;
  #end: typeof STALE | undefined;
  #place = 0;
  #added = 0;

  constructor(request: WriteRequest, { name, key }: Host) {
    this.#request = request;
    this.#pairs = [[HOST_LABEL, name], ["id", key]];
    this.#labels = encodeLabels(this.#pairs, HOST_LABELS);
  }

  /** Families of some parts follow; whether the host has any. */
  enter(part: Part | null, sample: HostSample): boolean {
    this.#own = null;
    if (part === null || part === "tags") return true;
    const names = partNames(sample, part);
    if (names.length === 0) return false;
    const label = partLabel(part);
    this.#own = names.map((name) => encodedName(label, String(name)));
    this.#isBefore = label < HOST_LABEL;
    return true;
  }

  /** Adds what is known, or that it ends; returns whether anything is. */
  add(family: HostFamily, sample: HostSample, end?: typeof STALE): boolean {
    this.#end = end;
    this.#place = 0;
    this.#added = 0;
    this.#name = NAMES.get(family)!;
    if (family.part === "tags" && Object.keys(sample.tags).length > 0) {
      this.#addTags(family, sample);
    } else family.keep(sample, this);
    return this.#added > 0;
  }

  /** The next value of a family. */
  push(value: Metric | undefined): void {
    const place = this.#place++;
    if (value === null || value === undefined || Number.isNaN(value)) return;
    this.#added++;
    const own = this.#own === null ? NO_LABELS : this.#own[place]!;
    const shown = this.#end ?? value;
    if (this.#isBefore) this.#request.add(this.#name, own, this.#labels, shown);
    else this.#request.add(this.#name, this.#labels, own, shown);
  }

  #addTags(family: HostFamily, { tags }: HostSample): void {
    this.#added++;
    const labels = sorted(family, [...this.#pairs, ...hostTagLabels(tags)]);
    this.#request.add(labels, NO_LABELS, NO_LABELS, this.#end ?? 1);
  }
}

const encodedNames = new Map<string, EncodedLabels>();

function encodedName(label: string, text: string): EncodedLabels {
  const key = `${label} ${text}`;
  const known = encodedNames.get(key);
  if (known !== undefined) return known;
  if (encodedNames.size >= MAX_NAMES) encodedNames.clear();
  const encoded = encodeLabels([[label, text]]);
  encodedNames.set(key, encoded);
  return encoded;
}

/** Adds one of the series of a family of the server's own. */
export function addServerSeries(
  request: WriteRequest,
  family: ServerFamily,
  [labels, value]: ServerSeries,
): void {
  request.add(sorted(family, labels), NO_LABELS, NO_LABELS, value);
}

function sorted({ name }: Family, labels: Labels): EncodedLabels {
  const all: Labels = [["__name__", name], ...labels];
  // By their code units, as who reads them compares bytes: names are ASCII.
  return encodeLabels(all.toSorted(([a], [b]) => a < b ? -1 : 1));
}
