/**
 * The agent's doctor: makes one sample and looks up the servers as the agent would, with no other
 * permission than the agent's own. It sends nothing: whether datagrams arrive, only a server can tell.
 */
import type { Address } from "../common/address.ts";
import { outcomeOf, type Tried, tryOut, valueOf } from "../common/doctor.ts";
import { type Environment, readSettings } from "../common/option_reader.ts";
import { VERSION } from "../common/options.ts";
import { findUnheeded, mayReadFile, type Unheeded } from "../common/unheeded.ts";
import type { Outcome } from "../common/usage.ts";
import { Timeout } from "../common/timeout.ts";
import { type HostIdentity, hostIdentity, newSession } from "../sampler/identity.ts";
import type { Sample } from "../sampler/sample.ts";
import { createSampler } from "../sampler/sampler.ts";
import { KeyFile } from "../sealed/key_file.ts";
import { sealedEncoding } from "../sealed/sealer.ts";
import { fitMessage, plainEncoding } from "./encoding.ts";
import { findAll, type Sight } from "./findings.ts";
import { type AgentOptions, agentOptions, headOf, samplerOptionsOf } from "./options.ts";
import { PRIMING_MS } from "./schedule.ts";
import { requireNet, systemLookup } from "./sender.ts";

/** How long a name service may take. */
const LOOKUP_TIMEOUT_MS = 5_000;

/** Where systemd-timesyncd says that it has set the clock. */
const SYNCHRONIZED = "/run/systemd/timesync/synchronized";

/** The command `doctor`; `server` is the one that this agent was compiled for. @throws {RangeError} for a wrong command line. */
export function runDoctor(
  argv: readonly string[],
  environment: Environment,
  server: string | null,
): () => Promise<Outcome> {
  const known = agentOptions(server);
  const options = known.read(argv, environment);
  const { place } = readSettings(known.table, argv, environment).get("server")!;
  const isNamed = server !== null || place !== "default";
  return async () => examine(options, isNamed, await findUnheeded(known, argv, environment));
}

async function examine(
  options: AgentOptions,
  isNamed: boolean,
  unheeded: Unheeded,
): Promise<Outcome> {
  const { "key-file": keyFile } = options;
  const identity = await tryOut(() => hostIdentity(options.procfs, options));
  const sample = await tryOut(() => sampleOnce(options));
  const sight = {
    os: Deno.build.os,
    wallMs: Date.now(),
    clockSource: await clockSource(),
    unheeded,
    isNamed,
    servers: await lookUpAll(options.server),
    identity,
    keys: keyFile === null ? null : await tryOut(async () => (await KeyFile.open(keyFile)).ring),
    sample,
    datagram: datagramOf(options, identity, sample),
  };
  const title = `pulso-agent ${VERSION} on ${Deno.build.os} ${Deno.build.arch}`;
  return outcomeOf(title, findAll(options, sight));
}

async function sampleOnce(options: AgentOptions): Promise<Sample> {
  const sampler = await createSampler(samplerOptionsOf(options, Deno.build.os));
  await sampler.prime();
  await new Promise((resolve) => setTimeout(resolve, PRIMING_MS));
  return await sampler.sample();
}

/** Asks for the addresses of each server, and whether it may be sent to at all. */
async function lookUpAll(servers: readonly Address[]): Promise<Sight["servers"]> {
  const timeout = new Timeout(LOOKUP_TIMEOUT_MS);
  const looks = servers.map(async (server, at) => {
    const addresses = await tryOut(() => {
      requireNet(server);
      return timeout.run(
        `the addresses of ${server.hostname} (${at + 1})`,
        () => systemLookup(server),
      );
    });
    return [server, addresses] as const;
  });
  return await Promise.all(looks);
}

/** The datagram that a sample would be sent as. */
function datagramOf(
  options: AgentOptions,
  identity: Tried<HostIdentity>,
  sample: Tried<Sample>,
): Sight["datagram"] {
  if (!("value" in identity) || !("value" in sample)) return null;
  const { "key-file": keyFile, "max-datagram": maxBytes } = options;
  const { metrics, extra } = sample.value;
  const time = Date.now();
  const place = { session: newSession(time), seq: 1, time };
  const encoding = keyFile === null ? plainEncoding(maxBytes) : sealedEncoding(maxBytes);
  const { overheadBytes } = encoding;
  const message = {
    ...headOf(options, identity.value),
    ...place,
    ...(extra && { extra }),
    ...metrics,
  };
  return { ...fitMessage(message, encoding), overheadBytes };
}

async function clockSource(): Promise<string | null> {
  if (!mayReadFile(SYNCHRONIZED)) return null;
  const look = await tryOut(() => Deno.stat(SYNCHRONIZED));
  return valueOf(look) === null ? null : "synchronized by systemd-timesyncd";
}
