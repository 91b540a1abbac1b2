/**
 * What the agent's doctor makes of what it saw: a verdict on each thing, and what to do. Pure; what it
 * knows of the machine is handed to it.
 */
import { type CatalogueRow, DEVICES, groupOf, METRICS } from "../catalogue.ts";
import { type Address, formatAddress } from "../common/address.ts";
import {
  clockFinding,
  type Finding,
  findingOf,
  findingsOn,
  settingsFindings,
  type Tried,
} from "../common/doctor.ts";
import { formatCount, formatCountOf } from "../common/format.js";
import { describeError } from "../common/log.ts";
import type { Unheeded } from "../common/unheeded.ts";
import { type MetricGroup, TARGET_DATAGRAM_BYTES } from "../message/message.ts";
import { devicesIn, hostReader } from "../message/metrics.ts";
import type { HostIdentity } from "../sampler/identity.ts";
import type { Sample } from "../sampler/sample.ts";
import { type Keyring, sealingKey } from "../sealed/keyring.ts";
import type { FittedMessage } from "./encoding.ts";
import type { AgentOptions } from "./options.ts";

/** What was seen of this machine. */
export interface Sight {
  readonly os: string;
  readonly wallMs: number;
  /** What is known to set the clock; `null` where nothing is. */
  readonly clockSource: string | null;
  readonly unheeded: Unheeded;
  /** Whether somebody named the servers. */
  readonly isNamed: boolean;
  readonly servers: readonly (readonly [Address, Tried<readonly string[]>])[];
  readonly identity: Tried<HostIdentity>;
  /** `null` where no file is named. */
  readonly keys: Tried<Keyring> | null;
  readonly sample: Tried<Sample>;
  /** The datagram that would have been sent; `null` where there is none. */
  readonly datagram: (FittedMessage & { readonly overheadBytes: number }) | null;
}

/** Everything that is found. */
export function findAll(options: AgentOptions, sight: Sight): readonly Finding[] {
  const { os, wallMs, clockSource, keys, datagram } = sight;
  return [
    ...settingsFindings("pulso-agent", sight.unheeded),
    ...serverFindings(sight),
    findingOf("identity", sight.identity, identityFinding),
    ...(keys === null ? [] : [keysFinding(options, keys, sight)]),
    ...sampleFindings(options.metrics, sight.sample),
    ...(datagram === null ? [] : [datagramFinding(options, datagram)]),
    clockFinding(wallMs, os, clockSource),
  ];
}

const LOOK_UP: Readonly<Record<string, (name: string) => string>> = {
  linux: (name) => `getent ahosts ${name} asks as the agent does; see /etc/resolv.conf`,
  darwin: (name) => `dscacheutil -q host -a name ${name} asks as the agent does`,
  windows: (name) => `Resolve-DnsName ${name} asks in PowerShell`,
};

function serverFindings({ servers, isNamed, os }: Sight): readonly Finding[] {
  const { ok, warn, fail } = findingsOn("server");
  return servers.map(([server, addresses]) => {
    const place = formatAddress(server);
    if (!("value" in addresses)) {
      const { error } = addresses;
      if (error instanceof Error && error.name === "NotCapable") return fail(error.message);
      const why = error instanceof DOMException
        ? "the name service does not answer"
        : describeError(error);
      return fail(`${place}: ${why}`, LOOK_UP[os]?.(server.hostname));
    }
    if (!isNamed) {
      return warn(
        `${place}: nobody named one, so this machine itself`,
        "name it with --server HOST:PORT",
      );
    }
    const found = addresses.value.filter((address) => address !== server.hostname);
    return ok(found.length === 0 ? place : `${place} is ${found.join(", ")}`);
  });
}

function identityFinding({ host, id, isIdFromName }: HostIdentity): Finding {
  const { ok, warn } = findingsOn("identity");
  const text = `the server shows this host as ${host}, id ${id}`;
  if (!isIdFromName) return ok(text);
  return warn(
    `${text}, which is made from the name: hosts with the same name will be merged`,
    "give it a machine id (systemd-machine-id-setup), or an id of its own with --id",
  );
}

function keysFinding(
  { "key-file": path }: AgentOptions,
  tried: Tried<Keyring>,
  { identity, wallMs }: Sight,
): Finding {
  const subject = "key file";
  const { ok, fail } = findingsOn(subject);
  return findingOf(subject, tried, (ring) => {
    if (!("value" in identity)) return fail(`${path}: no id to seal for`);
    const { id } = identity.value;
    const key = sealingKey(ring, id, wallMs);
    if (key !== null) return ok(`${path}: seals with key ${key.keyId}`);
    return fail(
      `${path}: no valid key for ${id}, so that nothing is sent`,
      `pulso-server keygen --agent ${id} --key-file FLEET.KEY - makes one, on the server`,
    );
  });
}

/** What `--explain` says more of, which is nothing of custom metrics. */
const EXPLAINED = /^(disk rates|volumes|volume .*)$/s;

function sampleFindings(
  groups: readonly MetricGroup[],
  tried: Tried<Sample>,
): readonly Finding[] {
  if (!("value" in tried)) return [findingsOn("sample").fail(describeError(tried.error))];
  const { metrics, failures } = tried.value;
  const others = new Map(failures);
  const findings = groups.map((group) => {
    const { ok, fail } = findingsOn(group);
    const why = failures.get(group) ?? failures.get("host");
    others.delete(group);
    if (metrics[group] === undefined) return ok("this system has none");
    if (metrics[group] !== null) return ok(describeGroup(group, metrics));
    return fail(`nothing could be read${why === undefined ? "" : `: ${why}`}`);
  });
  others.delete("host");
  const warnings = [...others].map(([thing, why]) => {
    const advice = EXPLAINED.test(thing)
      ? "pulso-agent --explain says what counts here"
      : undefined;
    return findingsOn("sample").warn(`${thing}: ${why}`, advice);
  });
  return [...findings, ...warnings];
}

/** How many numbers of a group are known, which are not, and how many devices there are; without what not every system has. */
function describeGroup(group: MetricGroup, metrics: Sample["metrics"]): string {
  const rows = METRICS.filter((row) => row.path !== undefined && groupOf(row) === group);
  const isUnknown = (row: CatalogueRow) => hostReader(row)(metrics) === null;
  const numbers = rows.filter((row) =>
    row.kind === "host" && !(row.optional === true && isUnknown(row))
  );
  const unknown = numbers.filter(isUnknown);
  const kinds = new Set(
    rows.flatMap(({ kind }) => kind === "host" ? [] : [kind])
      .filter((kind) => !DEVICES[kind].optional || devicesIn(metrics, kind).length > 0),
  );
  const parts = [
    ...(numbers.length === 0
      ? []
      : [`${numbers.length - unknown.length} of ${formatCountOf(numbers.length, "number")}`]),
    ...Array.from(kinds, (kind) => {
      const { length } = devicesIn(metrics, kind);
      const { label, labels } = DEVICES[kind];
      return `${formatCount(length)} ${(length === 1 ? label : labels).toLowerCase()}`;
    }),
  ];
  const missing = unknown.length === 0
    ? ""
    : `; not known: ${unknown.map(({ label }) => label.toLowerCase()).join(", ")}`;
  return parts.join(", ") + missing;
}

function datagramFinding(
  { "max-datagram": maxBytes }: AgentOptions,
  { bytes, long, overheadBytes }: NonNullable<Sight["datagram"]>,
): Finding {
  const { ok, warn } = findingsOn("datagram");
  const text = `${formatCount(bytes.length + overheadBytes)} bytes of at most ` +
    formatCount(maxBytes ?? TARGET_DATAGRAM_BYTES);
  if (!long) return ok(text);
  return warn(`${text}: it will be fragmented, and lost more often`, "sample less: see --metrics");
}
