/**
 * Opens what leads out of the server: requests, timers, chance, and the secrets of files and variables.
 * Its one job is these devices.
 */
import { advise } from "../../common/advice.ts";
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log.ts";
import { FILE_TIMEOUT_MS, PrivateFile } from "../../common/private_file.ts";
import { schedule, Timeout } from "../../common/timeout.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Failures } from "../parts.ts";
import type { DestinationSurroundings, Secrets } from "./destination.ts";
import { Heartbeat } from "./heartbeat.ts";
import { openHttp } from "./http.ts";
import { Outbox } from "./outbox.ts";

const MAX_SECRET_BYTES = 16_384;

/** Opens the outbox of a server, which may keep over a start what waits; it has no destinations yet. */
export function openOutbox(clock: Pick<Clock, "nowMs">, log: Log, isKept: boolean): Outbox {
  const { random } = Math;
  return new Outbox({ steadyMs: () => clock.nowMs(), schedule, random, log, isKept });
}

/** What destinations are made with, on this machine. */
export function openSurroundings(
  clock: Pick<Clock, "wallMs">,
  page: string | null,
): DestinationSurroundings {
  const wallMs = () => clock.wallMs();
  return {
    http: openHttp({ request: fetch, wallMs, schedule }),
    secrets: openSecrets(),
    page,
    wallMs,
  };
}

/** Opens the heartbeat of a server, where there is a URL for it. */
export function openHeartbeat(
  url: URL | null,
  { clock, fleet, log, failures }: {
    readonly clock: Pick<Clock, "nowMs" | "wallMs">;
    readonly fleet: Pick<Fleet, "index">;
    readonly log: Log;
    readonly failures: Failures;
  },
): Heartbeat | null {
  if (url === null) return null;
  const countByStatus = (nowMs: number) => fleet.index.countByStatus(nowMs);
  const http = openHttp({ request: fetch, wallMs: () => clock.wallMs(), schedule });
  const steadyMs = () => clock.nowMs();
  return new Heartbeat(url, { countByStatus, http, steadyMs, schedule, log, failures });
}

function openSecrets(): Secrets {
  const timeout = new Timeout(FILE_TIMEOUT_MS);
  const options = { kind: "file", maxBytes: MAX_SECRET_BYTES, timeout };
  /** By path: destinations that are told at once may have one secret. */
  const underWay = new Map<string, Promise<string>>();
  const file = (path: string) => {
    const known = underWay.get(path);
    if (known !== undefined) return known;
    const reading = new PrivateFile({ ...options, path }).read()
      .finally(() => underWay.delete(path));
    underWay.set(path, reading);
    return reading;
  };
  return { file, variable: readVariable };
}

function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    const state = advise(
      `it needs the flag --allow-env=${name}`,
      "this executable reads those that begin with PULSO_ only",
    );
    throw new RangeError(`Cannot read the variable ${name}: ${state}`);
  }
}
