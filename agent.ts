/**
 * The agent: samples this host at a steady interval and sends each sample as one datagram. It
 * reads nothing from the network, and nothing but a missing permission stops it.
 */
import {
  agentCommands,
  type AgentOptions,
  agentOptions,
  agentUsage,
  BUILT_FOR,
  headOf,
  type MessageHead,
  samplerOptionsOf,
} from "./lib/agent/options.ts";
import { Clock } from "./lib/common/clock.ts";
import { encoder, plainEncoding, sealer, textBytes } from "./lib/agent/encoding.ts";
import { formatAddress } from "./lib/common/address.ts";
import { runDoctor } from "./lib/agent/doctor.ts";
import { formatDuration } from "./lib/common/format.js";
import { Failures, type Log, LoggedOutput } from "./lib/common/log.ts";
import type { Message, Texts } from "./lib/message/message.ts";
import { VERSION } from "./lib/common/options.ts";
import { printText } from "./lib/common/output.ts";
import { commandsOf, configOf, runProgram } from "./lib/common/program.ts";
import { Resolver, Sender, systemLookup, udpTransmit } from "./lib/agent/sender.ts";
import { hostIdentity, nameFollower, newSession } from "./lib/sampler/identity.ts";
import { createSampler, type Sampler } from "./lib/sampler/sampler.ts";
import { formatExplanations } from "./lib/sampler/decision.ts";
import { maxTexts, nextDueMs, PRIMING_MS, Sessions, textsAt } from "./lib/agent/schedule.ts";
import { runKeygen, type WithKeys, withKeys } from "./lib/sealed/key_file.ts";
import { sealedEncoding } from "./lib/sealed/sealer.ts";

/** Interval between two looks for another name of the host, which a sample need not pay for. */
const NAME_LOOK_MS = 10_000;

/**
 * Samples between two collections of garbage, which V8 lets grow to several times what is in use: rare
 * enough that 6 to 12 ms do not matter, often enough to keep memory level (docs/BENCHMARKS.md).
 */
const COLLECTION_SAMPLES = 200;
/** There when V8 was started with `--expose-gc`, as the task and the executable do. */
const { gc: collectGarbage } = globalThis as { gc?: () => void };

/** Where messages go: to the servers, or to stdout. */
interface Outlet {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Waits until all is out, but not for long. */
  flush(): Promise<void>;
  /** How many were not written, where that can be known. */
  dropped?(): number;
}

if (import.meta.main) {
  const [first = "", ...rest] = Deno.args;
  const server = first.startsWith(BUILT_FOR) ? first.slice(BUILT_FOR.length) : null;
  const options = agentOptions(server);
  await runProgram({
    name: "pulso-agent",
    usage: agentUsage(server),
    args: server === null ? Deno.args : rest,
    options,
    run: async (options, ...rest) => run(await withKeys(options), ...rest),
    commands: commandsOf("pulso-agent", agentCommands(server), {
      keygen: (argv) => runKeygen("pulso-agent", argv),
      doctor: (...given) => runDoctor(...given, server),
      config: configOf("pulso-agent", options),
    }),
  });
}

/**
 * Samples and sends until `stop` is aborted or all samples are made.
 *
 * @throws {Error} with one line that names the flag or the option when it cannot begin.
 */
export async function run(
  options: AgentOptions & WithKeys,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  const samplerOptions = samplerOptionsOf(options, Deno.build.os);
  const sampler = await createSampler(samplerOptions);
  if (options.explain) {
    return await printText(Deno.stdout, formatExplanations(await sampler.explain()));
  }
  const startMs = performance.now() + PRIMING_MS;
  const said = await sampler.prime();
  const identity = await identify(options, log);
  const gone = new AbortController();
  const outlet: Outlet = options.print
    ? printOutlet(log, () => gone.abort())
    : new Sender(options.server, udpTransmit(resolverFor(log), options.server), log);
  const destination = options.print ? "stdout" : options.server.map(formatAddress).join(", ");
  log.info(
    `Sampling ${identity.host} (id ${identity.id}) every ${formatDuration(options.interval)}, ` +
      `sending to ${destination}`,
  );
  const texts: Texts = { arch: Deno.build.arch, ...said, agent: VERSION };
  const messages = sampleOnGrid({
    sampler,
    identity,
    nameNow: followName(options, identity.host, log),
    startMs,
    count: options.count ?? Infinity,
    texts,
    ending: AbortSignal.any([stop, gone.signal]),
    log,
  });
  options.keys?.watch(log, stop);
  const maxBytes = options["max-datagram"];
  const reserved = { reservedBytes: maxTexts(texts, options.interval, textBytes) };
  const write = options.keys === null || options.print
    ? encoder(log, { ...plainEncoding(maxBytes), ...reserved })
    : sealer(options.keys, identity.id, log, { ...sealedEncoding(maxBytes), ...reserved });
  for await (const message of messages) {
    if (message.bye) await outlet.flush();
    const bytes = write(message);
    if (bytes !== null) outlet.send(bytes);
    if (message.seq! % COLLECTION_SAMPLES === 1) collectGarbage?.();
  }
  await outlet.flush();
  const dropped = outlet.dropped?.() ?? 0;
  if (dropped > 0 && !stop.aborted) {
    throw new Error(`Cannot print every sample: ${dropped} could not be written`);
  }
}

function resolverFor(log: Log): Resolver {
  return new Resolver(systemLookup, () => performance.now(), log);
}

/** What each message of this run begins with. */
async function identify(options: AgentOptions, log: Log): Promise<MessageHead> {
  const identity = await hostIdentity(options.procfs, options);
  if (identity.isIdFromName) {
    log.warn(
      "Making the id from the host name, as there is no machine id: hosts with the same name will " +
        "be merged; see --id",
    );
  }
  return headOf(options, identity);
}

/** The sessions of this run: another one when the clock is set. */
function openSessions(log: Log): Sessions {
  return new Sessions(new Clock(), newSession, (setMs) => {
    const way = setMs > 0 ? "ahead" : "back";
    log.info(`The clock was set ${way} by ${formatDuration(Math.abs(setMs))}: new session`);
  });
}

/** What tells the name of this host for each sample, as it may be given another one. */
function followName(options: AgentOptions, first: string, log: Log): () => string {
  const nameAfter = nameFollower(options.procfs, options);
  let host = first;
  let lookMs = performance.now() + NAME_LOOK_MS;
  return () => {
    const nowMs = performance.now();
    if (nowMs < lookMs) return host;
    lookMs = nowMs + NAME_LOOK_MS;
    const name = nameAfter(host);
    if (name !== host) log.info(`The host name changed from ${host} to ${name}`);
    return host = name;
  };
}

interface Sampling {
  readonly sampler: Sampler;
  readonly identity: MessageHead;
  readonly nameNow: () => string;
  readonly startMs: number;
  readonly texts: Texts;
  readonly count: number;
  readonly ending: AbortSignal;
  readonly log: Log;
}

/** One message per interval until `ending` is aborted or all are made; the last one says good-bye. */
async function* sampleOnGrid(
  { sampler, identity, nameNow, startMs, texts, count, ending, log }: Sampling,
): AsyncGenerator<Message> {
  const failures = new Failures();
  const isDue = waitUntil(ending);
  const head = () => ({ ...identity, host: nameNow() });
  const sessions = openSessions(log);
  let made = 0;
  let dueMs = startMs;
  while (made < count && await isDue(dueMs)) {
    const sample = await sampler.sample();
    logChanges(failures, sample.failures, log);
    made++;
    const isLast = made === count;
    const { metrics, extra } = sample;
    const place = sessions.next();
    const said = textsAt(texts, place.seq, identity.interval);
    const own = { ...(said && { texts: said }), ...(extra && { extra }), ...metrics };
    yield { ...head(), ...place, ...own, ...(isLast && { bye: true }) };
    dueMs = nextDueMs(startMs, identity.interval, performance.now());
  }
  if (made > 0 && made < count) yield { ...head(), ...sessions.next(), bye: true };
  log.info(`Stopped, samples made: ${made}`);
}

function logChanges(
  known: Failures,
  failures: ReadonlyMap<string, string>,
  log: Log,
): void {
  const { failed, recovered } = known.noteAll(failures.keys());
  for (const thing of failed) {
    log.warn(`Cannot sample ${thing}: ${failures.get(thing)!.replace(/^Cannot read /, "")}`);
  }
  for (const thing of recovered) log.info(`Sampling ${thing} again`);
}

/** What waits for a moment; false when it is time to end. It listens once and not for each sample. */
function waitUntil(ending: AbortSignal): (dueMs: number) => Promise<boolean> {
  let end = () => {};
  ending.addEventListener("abort", () => end());
  return (dueMs) => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(true), Math.max(0, dueMs - performance.now()));
    end = () => {
      clearTimeout(timer);
      resolve(false);
    };
    if (ending.aborted) end();
    return promise;
  };
}

/** Prints each message as one line; `onGone` is called when stdout is closed. */
function printOutlet(log: Log, onGone: () => void): Outlet {
  const output = new LoggedOutput(Deno.stdout, log, onGone);
  const decoder = new TextDecoder();
  return {
    send: (bytes) => output.write(decoder.decode(bytes), performance.now()),
    flush: () => output.close(),
    dropped: () => output.dropped,
  };
}
