/**
 * The command `record-info`: what a record holds, in a few lines: its span, its datagrams and hosts, its
 * size, and its damaged parts.
 */
import { formatBytes, formatCount } from "../../common/format.js";
import { describeError } from "../../common/log.ts";
import { Fleet } from "../fleet/fleet.ts";
import { RecordedDecoder } from "./decoder.ts";
import { EntryReader, KIND, RecordError } from "./format.ts";
import { openRecord } from "./record.ts";

const MAX_HOSTS = 1_000_000;

/** Reads the command line, and returns what runs the command. @throws {RangeError} with one line for the user, both. */
export function runRecordInfo(argv: readonly string[]): () => Promise<string> {
  const [folder] = argv;
  if (folder === undefined || folder.startsWith("-") || argv.length > 1) {
    throw new RangeError("Cannot read a record: name its folder, as in record-info DIR");
  }
  return async () => {
    const damage: string[] = [];
    const lines = await describeRecord(folder, (line) => damage.push(line));
    return [...lines, `damaged    ${formatCount(damage.length)} parts`, ...damage].join("\n");
  };
}

/** What a record holds, a line for each thing; damaged parts are reported. */
export async function describeRecord(
  folder: string,
  onDamage: (line: string) => void,
): Promise<string[]> {
  const record = await openRecord(folder, onDamage);
  const entries = new EntryReader(MAX_HOSTS);
  const decoder = new RecordedDecoder(entries, MAX_HOSTS);
  const fleet = new Fleet({
    ...{ decoder, maxHosts: MAX_HOSTS, historyMs: 60_000, nowMs: record.first.nowMs },
  });
  let [omitted, sealed, atMs] = [0, 0, -Infinity];
  for await (const frame of record.frames(-Infinity)) {
    entries.begin(frame);
    try {
      while (entries.next()) {
        if (entries.kind === KIND.gap) omitted += entries.count;
        if (entries.kind >= KIND.clock) continue;
        if (entries.kind === KIND.opened) sealed++;
        atMs = Math.max(atMs, entries.atMs);
        fleet.receive(decoder.bytes(), entries.origin, atMs);
      }
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      onDamage(describeError(error));
    }
  }
  const { received, receivedBytes, accepted, hosts } = fleet.totals(atMs);
  const { firstMs, lastMs, bytes } = record;
  const ratio = receivedBytes === 0 ? "–" : (bytes / receivedBytes).toFixed(3);
  return [
    `from       ${new Date(firstMs).toISOString()}`,
    `to         ${new Date(lastMs).toISOString()}`,
    `datagrams  ${formatCount(received)}, ${formatCount(accepted)} accepted, ${
      formatCount(sealed)
    } opened, ${formatCount(omitted)} left out`,
    `hosts      ${formatCount(hosts)}`,
    `bytes      ${formatBytes(bytes)} for ${formatBytes(receivedBytes)} received (${ratio})`,
  ];
}
