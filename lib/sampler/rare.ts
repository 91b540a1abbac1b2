/**
 * What changes slowly, or is only counted, and so need not be read for each of many samples a second:
 * sensors, states of links, TCP and UDP, and the numbers of rare readers. What follows from their files
 * stays as it is until those are read anew, and rates are over the time between two such readings.
 */
import type { MetricGroup } from "../message/message.ts";
import type { FileTexts } from "./cat_reader.ts";
import { type Decisions, linksIn } from "./devices.ts";
import { type ProcfsPaths, textOf } from "./files.ts";
import { parseProtocols, protocolMetrics, type ProtocolsReading } from "./network.ts";
import { type NumbersReading, type PlacedReader, readNumbers } from "./numbers.ts";
import { FailureNotes } from "./sample.ts";
import type { SensorMetrics, Sensors } from "./sensors.ts";

/** What was read at one moment, and what follows from it and the reading before. */
export interface RareReading {
  readonly protocols: ProtocolsReading | null;
  /** `null` where nothing is told of them. */
  readonly connections: ReturnType<typeof protocolMetrics> | null;
  readonly links: ReadonlyMap<string, string>;
  /** `undefined` where there are none. */
  readonly sensors: SensorMetrics | null | undefined;
  readonly numbers: NumbersReading;
}

/** Reads what is rare of a host. */
export class RareReader {
  readonly #paths: ProcfsPaths;
  readonly #root: string;
  readonly #readers: readonly PlacedReader[];
  readonly #sensors: Sensors | null;
  /** Those of its files that are the same on every host. */
  readonly files: readonly string[];
  #round: object | undefined;
  #notes = new FailureNotes();
  #last: RareReading | null = null;

  /** @param readers those that are rare. */
  constructor(
    groups: ReadonlySet<MetricGroup>,
    [root, paths]: readonly [string, ProcfsPaths],
    readers: readonly PlacedReader[],
    sensors: Sensors | null,
  ) {
    this.#paths = paths;
    this.#root = root;
    this.#readers = readers;
    this.#sensors = sensors;
    const protocols = groups.has("network") ? [paths.snmp, paths.netstat, paths.snmp6] : [];
    this.files = [...protocols, ...readers.map(({ path }) => path)];
  }

  /** Its other files, as they are now. */
  async listMore(nowMs: number, decisions: Decisions | undefined): Promise<readonly string[]> {
    return [...decisions?.linkFiles.keys() ?? [], ...await this.#sensors?.paths(nowMs) ?? []];
  }

  /** What their texts say, or said when they were read last; `null` where nothing could be read. */
  read(
    texts: FileTexts | null,
    atMs: number,
    decisions: Decisions | undefined,
    notes: FailureNotes,
  ): RareReading {
    const isKnown = this.#last !== null && texts?.rareRound !== undefined &&
      texts.rareRound === this.#round;
    if (!isKnown) {
      this.#notes = new FailureNotes();
      this.#last = this.#readAnew(texts, atMs, decisions);
      this.#round = texts?.rareRound;
    }
    this.#notes.all.forEach((failure, thing) => notes.note(thing, failure));
    return this.#last!;
  }

  #readAnew(texts: FileTexts | null, atMs: number, decisions?: Decisions): RareReading {
    const { snmp, netstat, snmp6 } = this.#paths;
    const before = this.#last;
    const parse = <T>(thing: string, path: string, parser: (text: string) => T): T | null =>
      texts && this.#notes.attempt(thing, () => parser(textOf(texts, path)));
    const protocols = texts?.has(snmp)
      ? parse("connections", snmp, (text) => (
        parseProtocols(text, texts.get(netstat), texts.get(snmp6))
      ))
      : null;
    return {
      protocols,
      connections: protocols && protocolMetrics(before?.protocols ?? null, protocols),
      links: texts && decisions ? linksIn(texts, decisions) : new Map(),
      sensors: this.#sensors?.read(texts),
      numbers: readNumbers(this.#readers, texts, this.#root, {
        ...{ atMs, before: before?.numbers, parse },
      }),
    };
  }
}
