/**
 * The series of `/metrics` as remote write sends them: host after host, each with the labels that a scrape
 * would find, sorted by their names as the protocol wants them. Pure.
 */
import type { Metric } from "../../message/message.ts";
import type { Host } from "../fleet/host/host.ts";
import { HOST_FAMILIES } from "../web/prometheus/exposition.ts";
import type { Family, HostFamily } from "../web/prometheus/families.ts";
import {
  type HostSample,
  type Labels,
  lastSample,
  partLabel,
  partNames,
  sampleHost,
  tagLabels,
} from "../web/prometheus/sample.ts";
import type { ServerFamily } from "../web/prometheus/server_families.ts";
import { encodeLabel, STALE, type WriteRequest } from "./write_request.ts";

/** Names of devices that are kept encoded: most hosts have the same. */
const MAX_NAMES = 10_000;
/** The labels that every series of a host has; a part's own stands before or behind both. */
const HOST_LABEL = "host";

type Values = (Metric | undefined)[];
type EncodedLabels = readonly Uint8Array[];

const NAMES = new Map(HOST_FAMILIES.map((family) => [family, nameLabel(family)]));

function nameLabel({ name }: Family): Uint8Array {
  return encodeLabel("__name__", name);
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
  for (const family of HOST_FAMILIES) {
    const values = valuesOf(family, sample);
    if (ended === null) add(request, labels, family, sample, values);
    else addEnded(request, labels, family, { sample, values, ended });
  }
}

function valuesOf({ keep }: HostFamily, sample: HostSample): Values {
  const values: Values = [];
  keep(sample, values);
  return values;
}

function add(
  request: WriteRequest,
  labels: HostLabels,
  family: HostFamily,
  sample: HostSample,
  values: readonly (Metric | undefined | typeof STALE)[],
): void {
  for (const [place, value] of values.entries()) {
    if (value === null || value === undefined || Number.isNaN(value)) continue;
    request.add(labels.of(family, sample, place), value);
  }
}

/** A value that is known still, or the end of one that was. */
function addEnded(
  request: WriteRequest,
  labels: HostLabels,
  family: HostFamily,
  { sample, values, ended }: { sample: HostSample; values: Values; ended: HostSample },
): void {
  const isKnown = (value: Metric | undefined) => value !== null && value !== undefined;
  if (values.some(isKnown)) return add(request, labels, family, sample, values);
  const ends = valuesOf(family, ended).map((value) => isKnown(value) ? STALE : null);
  add(request, labels, family, ended, ends);
}

/** The labels of one host's series. */
class HostLabels {
  readonly #pairs: Labels;
  readonly #encoded: EncodedLabels;

  constructor({ name, key }: Host) {
    this.#pairs = [[HOST_LABEL, name], ["id", key]];
    this.#encoded = this.#pairs.map(([label, text]) => encodeLabel(label, text));
  }

  /** Those of one value of a family, by its place. */
  of(family: HostFamily, sample: HostSample, place: number): EncodedLabels {
    const { part } = family;
    const name = NAMES.get(family)!;
    if (part === null) return [name, ...this.#encoded];
    if (part === "tags") return sorted(family, [...this.#pairs, ...tagLabels(sample.tags)]);
    const label = partLabel(part);
    const own = encodedName(label, String(partNames(sample, part)[place]));
    return label < HOST_LABEL ? [name, own, ...this.#encoded] : [name, ...this.#encoded, own];
  }
}

const encodedNames = new Map<string, Uint8Array>();

function encodedName(label: string, text: string): Uint8Array {
  const key = `${label} ${text}`;
  const known = encodedNames.get(key);
  if (known !== undefined) return known;
  if (encodedNames.size >= MAX_NAMES) encodedNames.clear();
  const encoded = encodeLabel(label, text);
  encodedNames.set(key, encoded);
  return encoded;
}

/** Adds the series of a family of the server's own. */
export function addServerFamily(request: WriteRequest, family: ServerFamily): void {
  for (const [labels, value] of family.series) request.add(sorted(family, labels), value);
}

function sorted({ name }: Family, labels: Labels): EncodedLabels {
  const all: Labels = [["__name__", name], ...labels];
  // By their code units, as protobuf's reader compares bytes: names are ASCII.
  return all.toSorted(([a], [b]) => a < b ? -1 : 1).map(([label, text]) =>
    encodeLabel(label, text)
  );
}
