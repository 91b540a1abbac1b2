/**
 * What the server's doctor makes of what it saw: a verdict on each thing, and what to do. Pure; what it
 * knows of the machine is handed to it.
 */
import { adviseOnBind } from "../../common/advice.ts";
import { type Address, formatAddress } from "../../common/address.ts";
import {
  adviseOnClock,
  clockFinding,
  type Finding,
  findingOf,
  findingsOn,
  settingsFindings,
  type Tried,
  valueOf,
} from "../../common/doctor.ts";
import { formatClockOffset, formatCount, formatCountOf } from "../../common/format.js";
import type { Unheeded } from "../../common/unheeded.ts";
import { DEFAULT_INTERVAL_MS } from "../../message/message.ts";
import { isValid, type Keyring } from "../../sealed/keyring.ts";
import type { ServerOptions } from "../options.ts";
import { describePlaces } from "../sources/udp.ts";
import {
  alertsFinding,
  busFinding,
  dropsFinding,
  type Fleet,
  hostsFinding,
  pageFinding,
  type Web,
} from "./page.ts";

/** What was seen of this machine. */
export interface Sight {
  readonly os: string;
  readonly wallMs: number;
  readonly unheeded: Unheeded;
  /** Where sockets could be bound. */
  readonly udp: Tried<readonly Address[]>;
  /** How many usual datagrams a new socket holds; `atLeast` where no more were tried. */
  readonly room: Tried<{ readonly datagrams: number; readonly atLeast: boolean }>;
  /** Whether the folder of data is there; `null` where none is named. */
  readonly data: Tried<boolean> | null;
  /** How many files the record has that is to be played; `null` where none is. */
  readonly replayed: Tried<number> | null;
  /** `null` where no file is named. */
  readonly keys: Tried<Keyring> | null;
  readonly token: Tried<string> | null;
  /** `null` where it is off. */
  readonly web: Web | null;
}

/** Everything that is found. */
export function findAll(options: ServerOptions, sight: Sight): readonly Finding[] {
  const fleet = fleetOf(sight);
  return [
    ...settingsFindings("pulso-server", sight.unheeded),
    udpFinding(options, sight),
    findingOf("buffer", sight.room, (room) => roomFinding(options, room, sight.os)),
    ...(options.replay === null ? [dataFinding(options, sight.data)] : []),
    ...(sight.replayed === null ? [] : [replayFinding(options, sight.replayed)]),
    ...(sight.keys === null ? [] : [keysFinding(options, sight.keys, sight.wallMs)]),
    ...(sight.token === null ? [] : [tokenFinding(options, sight.token)]),
    pageFinding(options, sight.web, {
      hasToken: valueOf(sight.token) !== null,
      os: sight.os,
    }),
    ...(fleet === null ? [] : [hostsFinding(fleet), dropsFinding(fleet), alertsFinding(fleet)]),
    ...(fleet?.bus ? [busFinding(fleet.bus)] : []),
    clockOf(fleet, sight),
  ];
}

function fleetOf({ web }: Sight): Fleet | null {
  const page = valueOf(web && web.page);
  return page?.kind === "open" ? page.fleet : null;
}

/** What says which program has a UDP port. */
const WHO: Readonly<Record<string, (port: number) => string>> = {
  linux: (port) => `ss -ulnp 'sport = :${port}' says which program it is`,
  darwin: (port) => `sudo lsof -nP -iUDP:${port} says which program it is`,
  windows: (port) => `netstat -ano -p UDP | findstr :${port} says which program it is`,
};

function udpFinding({ listen, replay }: ServerOptions, { udp, web, os }: Sight): Finding {
  const { ok, warn, fail } = findingsOn("udp");
  if (replay !== null) return ok("off: a record is played (--replay)");
  if (listen === "off") return ok("off: a view hears nothing but the bus (--follow)");
  const place = formatAddress(listen);
  const page = valueOf(web && web.page);
  const places = page?.kind === "open" &&
    describePlaces(page.listening[0] ?? listen, page.listening);
  if ("value" in udp) {
    const text = `free: would listen on ${describePlaces(listen, udp.value)}`;
    if (!places) return ok(text);
    return warn(
      `${text}, but the server of the page listens on ${places}`,
      "give doctor the options of that server",
    );
  }
  const { error } = udp;
  if (!(error instanceof Error) || error.name !== "AddrInUse") {
    return fail(`Cannot receive on ${place}: ${adviseOnBind(error as Error, listen, "--listen")}`);
  }
  const who = WHO[os]?.(listen.port);
  if (page?.kind === "open") {
    const isIt = page.listening.some(({ port }) => port === listen.port);
    if (isIt) return ok(`a server listens there already: ${places}`);
    return fail(`the port is taken, and the server of this page listens on ${places}`, who);
  }
  if (page?.kind === "locked") return ok(`taken: a server listens there already, as it seems`, who);
  return warn(
    `a program listens on ${place} already, and no page tells whether it is a server`,
    who,
  );
}

/** Pauses of the program that must lose nothing are shorter. */
const MIN_PAUSE_MS = 20;
const MORE_ROOM: Readonly<Record<string, string>> = {
  linux: "sysctl -w net.core.rmem_default=8388608   (as root; then restart the server; a file in " +
    "/etc/sysctl.d keeps it)",
  darwin: "sudo sysctl -w net.inet.udp.recvspace=6291456   (then restart the server)",
};

function roomFinding(
  { "max-hosts": maxHosts }: ServerOptions,
  { datagrams, atLeast }: { readonly datagrams: number; readonly atLeast: boolean },
  os: string,
): Finding {
  const { ok, warn } = findingsOn("buffer");
  const pauseMs = Math.floor(datagrams * DEFAULT_INTERVAL_MS / maxHosts);
  const held = `${atLeast ? "at least " : ""}${formatCountOf(datagrams, "datagram")}`;
  const text = `a socket holds ${held}: ${formatCount(pauseMs)} ms of ` +
    `${formatCountOf(maxHosts, "host")} that send every 5s`;
  if (pauseMs >= MIN_PAUSE_MS) return ok(text);
  return warn(text, MORE_ROOM[os] ?? "receive on Linux: sockets get no more room here");
}

function dataFinding({ data: folder }: ServerOptions, tried: Tried<boolean> | null): Finding {
  const subject = "data";
  const { ok } = findingsOn(subject);
  if (tried === null) {
    return ok("would be kept in memory alone; --data DIR keeps hosts and history on disk");
  }
  return findingOf(
    subject,
    tried,
    (isThere) => ok(`${folder} ${isThere ? "can be used" : "would be made"}`),
  );
}

function replayFinding({ replay: folder }: ServerOptions, tried: Tried<number>): Finding {
  const subject = "replay";
  const { ok } = findingsOn(subject);
  return findingOf(subject, tried, (count) => ok(`${folder}: ${formatCountOf(count, "file")}`));
}

function keysFinding(
  { auth, "key-file": path }: ServerOptions,
  tried: Tried<Keyring>,
  wallMs: number,
): Finding {
  const subject = "key file";
  const { ok, fail } = findingsOn(subject);
  return findingOf(subject, tried, (ring) => {
    const valid = [...ring.values()].filter((key) => isValid(key, wallMs));
    const text = `${path}: ${formatCountOf(ring.size, "key")}, valid now: ${
      valid.map(({ keyId }) => keyId).join(", ") || "none"
    } (--auth ${auth ?? "require"})`;
    return valid.length > 0 ? ok(text) : fail(text, "pulso-server keygen --help");
  });
}

function tokenFinding({ "web-token-file": path }: ServerOptions, tried: Tried<string>): Finding {
  const subject = "token file";
  return findingOf(subject, tried, () => findingsOn(subject).ok(`${path} can be used`));
}

/** Clocks of hosts may be off so far, the way included. */
const TOLERANCE_MS = 2_000;

function clockOf(fleet: Fleet | null, { wallMs, os }: Sight): Finding {
  const alone = clockFinding(wallMs, os, null);
  const known = (fleet?.hosts ?? []).filter(({ clockOffsetMs }) => clockOffsetMs !== null);
  if (alone.verdict !== "ok" || known.length === 0) return alone;
  const { warn } = findingsOn("clock");
  const off = known.filter(({ clockOffsetMs }) => Math.abs(clockOffsetMs!) > TOLERANCE_MS);
  const among = formatCountOf(known.length, "live host");
  if (off.length === 0) return clockFinding(wallMs, os, `in step with ${among}`);
  const named = off.map(({ host, clockOffsetMs }) =>
    `${host} is ${formatClockOffset(clockOffsetMs)}`
  );
  const text = `of ${among}: ${named.join(", ")}`;
  return 2 * off.length > known.length
    ? warn(`${text}; this machine's own clock may be what is wrong`, adviseOnClock(os))
    : warn(text, "set the clock there");
}
