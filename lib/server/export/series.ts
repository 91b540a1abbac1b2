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
  partLabel,
  partNames,
  sampleHost,
  type ServerFamily,
} from "../web/prometheus/sample.ts";
import { encodeLabels, STALE, type WriteRequest } from "./write_request.ts";

/** Names of devices that are kept encoded: most hosts have the same. */
const MAX_NAMES = 10_000;
/** The labels that every series of a host has; a part's own stands before or behind both. */
const HOST_LABEL = "host";

type Known = Metric | undefined;
type EncodedLabels = readonly Uint8Array[];

const NAMES = new Map(HOST_FAMILIES.map((family) => [family, nameLabel(family)]));
/** The families of the host as a whole, and those of each kind of parts: a host without any is spared them. */
const FAMILIES = Map.groupBy(HOST_FAMILIES, ({ part }) => part);

function nameLabel({ name }: Family): Uint8Array {
  return encodeLabels([["__name__", name]]);
}

/** Adds the series of a host, and ends those of one that fell silent or left since the time before. */
export function addHost(
  request: WriteRequest,
  host: Host,
  { nowMs, beforeMs, aheadMs }: { nowMs: number; beforeMs: number; aheadMs: number },
): void {
  const sample = sampleHost(host, nowMs, aheadMs);
  const labels = new HostLabels(host);
  const ended = sample.up ? null : lastSample(host, beforeMs, aheadMs);
  for (const family of familiesOf(ended ?? sample)) {
    const isKnown = add(request, labels, family, sample);
    if (!isKnown && ended !== null) add(request, labels, family, ended, STALE);
  }
}

function* familiesOf(sample: HostSample): Generator<HostFamily> {
  for (const [part, families] of FAMILIES) {
    const isThere = part === null || part === "tags" || partNames(sample, part).length > 0;
    if (isThere) yield* families;
  }
}

/** Those of one family at a time. */
const values: Known[] = [];

/** Adds what is known, or that it ends; returns whether anything is. */
function add(
  request: WriteRequest,
  labels: HostLabels,
  family: HostFamily,
  sample: HostSample,
  end?: typeof STALE,
): boolean {
  values.length = 0;
  family.keep(sample, values);
  let isAnyKnown = false;
  for (let place = 0; place < values.length; place++) {
    const value = values[place];
    if (value === null || value === undefined || Number.isNaN(value)) continue;
    request.add(labels.of(family, sample, place), end ?? value);
    isAnyKnown = true;
  }
  return isAnyKnown;
}

/** The labels of one host's series. */
class HostLabels {
  readonly #pairs: Labels;
  readonly #encoded: Uint8Array;

  constructor({ name, key }: Host) {
    this.#pairs = [[HOST_LABEL, name], ["id", key]];
    this.#encoded = encodeLabels(this.#pairs);
  }

  /** Those of one value of a family, by its place. */
  of(family: HostFamily, sample: HostSample, place: number): EncodedLabels {
    const { part } = family;
    const name = NAMES.get(family)!;
    if (part === null) return [name, this.#encoded];
    if (part === "tags") return [sorted(family, [...this.#pairs, ...hostTagLabels(sample.tags)])];
    const label = partLabel(part);
    const own = encodedName(label, String(partNames(sample, part)[place]));
    return label < HOST_LABEL ? [name, own, this.#encoded] : [name, this.#encoded, own];
  }
}

const encodedNames = new Map<string, Uint8Array>();

function encodedName(label: string, text: string): Uint8Array {
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
  [labels, value]: ServerFamily["series"][number],
): void {
  request.add([sorted(family, labels)], value);
}

function sorted({ name }: Family, labels: Labels): Uint8Array {
  const all: Labels = [["__name__", name], ...labels];
  // By their code units, as who reads them compares bytes: names are ASCII.
  return encodeLabels(all.toSorted(([a], [b]) => a < b ? -1 : 1));
}
