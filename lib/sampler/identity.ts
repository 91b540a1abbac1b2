/**
 * Who this host is: a stable id that does not give the machine id away, a name, and a new session
 * at each start. Reads a few small files and keeps none; it never writes.
 */
import { createHash } from "node:crypto";
import { MAX_HOST_LENGTH, type Texts } from "../message/message.ts";
import { loadPackage } from "./package.ts";
import { type FileReader, hostRoot, procfsRoot } from "./files.ts";
import { cleanTexts, deviceName } from "./sample.ts";

/** What every message of an agent carries. */
export interface HostIdentity {
  /** 22 characters of base64url, unless it was chosen by hand. */
  readonly id: string;
  readonly host: string;
  /** Whether there was nothing better to make the id from. */
  readonly isIdFromName: boolean;
}

/** What the user has chosen; `null` or absent for what is found out. */
export interface ChosenIdentity {
  readonly id?: string | null;
  readonly name?: string | null;
}

/** So that the id is Pulso's own, and the machine id cannot be looked up by it (machine-id(5) asks for that). */
const ID_PREFIX = "pulso host id v1\n";
const ID_BYTES = 16;
const MACHINE_ID_PATHS = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
const TIME_BYTES = 8;
/** The first two of a time's eight bytes are 0 until the year 10889. */
const SESSION_TIME_BYTES = 6;
/** Enough that no session comes twice, and with it the numbers of sealed datagrams. */
const SESSION_RANDOM_BYTES = 10;

/**
 * Finds out who this host is. With the proc filesystem of a host around this container, that host.
 *
 * @throws {Error} that names the option or the flag when there is no name to be had.
 */
export async function hostIdentity(
  procfs: string,
  chosen: ChosenIdentity = {},
): Promise<HostIdentity> {
  const root = hostRoot(procfsRoot(procfs));
  const host = nameOf(root, chosen);
  const source = chosen.id ? null : await machineId(root);
  const isIdFromName = !chosen.id && source === null;
  return { host, id: chosen.id ?? idFrom(source ?? host), isIdFromName };
}

/** What tells the name of the host now, as it may be given another one; `known` where it cannot be told. */
export function nameFollower(
  procfs: string,
  { name: chosen }: ChosenIdentity,
): (known: string) => string {
  if (chosen) return () => chosen;
  const root = hostRoot(procfsRoot(procfs));
  return (known) => {
    try {
      const name = namedByFile(root) ?? Deno.hostname();
      return name === known ? known : cleanName(name);
    } catch {
      return known;
    }
  };
}

function nameOf(root: string, { name }: ChosenIdentity): string {
  return name ?? cleanName(namedByFile(root) ?? ownName());
}

function namedByFile(root: string): string | null {
  return root === "" ? null : readLine(`${root}/etc/hostname`);
}

function ownName(): string {
  if (Deno.permissions.querySync({ name: "sys", kind: "hostname" }).state === "granted") {
    return Deno.hostname();
  }
  throw new Deno.errors.NotCapable(
    "Cannot find out the host name: run with --allow-sys=hostname, or name the host with --name",
  );
}

function cleanName(name: string): string {
  if (name === "") throw new Error("Cannot name the host: its name is empty; use --name");
  return deviceName(name, MAX_HOST_LENGTH);
}

/** The id of the installed system; `null` where there is none, and then the name has to do. */
async function machineId(root: string): Promise<string | null> {
  for (const path of MACHINE_ID_PATHS) {
    const digits = readLine(root + path)?.replaceAll("-", "").toLowerCase() ?? "";
    // A system that is starting for the first time has the word "uninitialized" there.
    if (/^[0-9a-f]{32}$/.test(digits) && !isNullId(digits)) return digits;
  }
  return Deno.build.os === "linux" ? null : await systemUuid();
}

/** Images that were never set up have zeros, and boards that were not have ones: all of a kind the same. */
function isNullId(id: string): boolean {
  return /^([0-]*|[f-]*)$/i.test(id);
}

async function systemUuid(): Promise<string | null> {
  try {
    const { library } = await loadPackage();
    const { os, hardware } = await library.uuid();
    return [os, hardware].find((uuid) => !isNullId(uuid)) ?? null;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return null;
    throw error;
  }
}

/**
 * The first line of a small file that is neither empty nor a comment (hostname(5)); `null` when there
 * is none, or it is not ours to read.
 */
function readLine(path: string): string | null {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return null;
  try {
    const lines = Deno.readTextFileSync(path).split("\n").map((line) => line.trim());
    return lines.find((line) => line !== "" && !line.startsWith("#")) ?? null;
  } catch (error) {
    const { NotFound, PermissionDenied, NotCapable } = Deno.errors;
    if ([NotFound, PermissionDenied, NotCapable].some((type) => error instanceof type)) return null;
    throw error;
  }
}

/** The id made of a machine id: the first 16 bytes of SHA-256 over a fixed prefix and it, in base64url. */
export function idFrom(machineId: string): string {
  const digest = createHash("sha256").update(ID_PREFIX + machineId).digest();
  return base64url(digest.subarray(0, ID_BYTES));
}

/**
 * A new session: the start time and random bytes, in 22 characters of base64url.
 *
 * @param nowMs wall clock at the start, in milliseconds since 1970.
 */
export function newSession(
  nowMs: number,
  random: Uint8Array = crypto.getRandomValues(new Uint8Array(SESSION_RANDOM_BYTES)),
): string {
  const bytes = new Uint8Array(TIME_BYTES + SESSION_RANDOM_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.trunc(nowMs)));
  bytes.set(random.subarray(0, SESSION_RANDOM_BYTES), TIME_BYTES);
  return base64url(bytes.subarray(TIME_BYTES - SESSION_TIME_BYTES));
}

function base64url(bytes: Uint8Array): string {
  return new Uint8Array(bytes).toBase64({ alphabet: "base64url", omitPadding: true });
}

const OS_RELEASE = /^PRETTY_NAME=(?:"((?:\\.|[^"\\])*)"|'([^']*)'|(\S*))$/m;
/** What the processor is called on x86, on boards with ARM, and elsewhere. */
const CPU_NAMES = [/^model name\s*:\s*(.+)$/m, /^(?:Model|cpu model|cpu|uarch)\s*:\s*(.+)$/m];

/** What hardly ever changes of a Linux host: its system, kernel and processor, as far as they are told. */
export async function readTexts(root: string, readOnce: FileReader): Promise<Texts> {
  const [etc, usr, kernel, cpu] = [
    ...["/etc/os-release", "/usr/lib/os-release"].map((path) => hostRoot(root) + path),
    ...["sys/kernel/osrelease", "cpuinfo"].map((file) => `${root}/${file}`),
  ] as [string, string, string, string];
  const texts = await readOnce([etc, usr, kernel, cpu]).catch(() => new Map<string, string>());
  const text = (path: string) => texts.get(path) ?? "";
  return textsFrom(text(etc) || text(usr), text(kernel), text(cpu));
}

/** What the files of a Linux system say of it (os-release(5), proc_cpuinfo(5)); without what they do not. */
export function textsFrom(osRelease: string, kernel: string, cpuInfo: string): Texts {
  const [, quoted, single, plain] = OS_RELEASE.exec(osRelease) ?? [];
  const cpu = CPU_NAMES.map((name) => name.exec(cpuInfo)?.[1]).find((name) => name !== undefined);
  return cleanTexts({ os: quoted?.replace(/\\(.)/g, "$1") ?? single ?? plain, kernel, cpu });
}
