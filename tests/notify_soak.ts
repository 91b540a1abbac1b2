/**
 * `deno task soak:alerts [--hours N] [--seed N]`: hosts that flap, fall silent and lose datagrams, receivers
 * that refuse, delay, hang, answer 429 and die, quiet hours, reminders, a wall clock that is set, and a
 * server that is stopped or killed and started again, on clocks in the hands of the soak. Whatever happens,
 * each receiver must take just what a model says, which is written as the document has it.
 */
import { readAlerts } from "../lib/server/alerts/config.ts";
import type { Notice } from "../lib/server/alerts/notice.ts";
import { DeliveryError, type Destination } from "../lib/server/outlets/destination.ts";
import { Outbox } from "../lib/server/outlets/outbox.ts";
import { readCount } from "../lib/common/options.ts";
import { readCommandLine } from "../tools/command_line.ts";
import { randomOf } from "./mutation.ts";
import { AlertsModel, type Told } from "./notify_model.ts";
import { busy, stateOf, Watched } from "./server/alerts/watched.ts";
import { logLines } from "./server/logs.ts";
import { FakeClock } from "./server/outlets/fakes.ts";

const HOSTS = ["web-0", "web-1", "web-2", "web-3", "web-4"];
const DESTINATIONS = ["chat", "mail"];
/** Also the order in which the rules are looked at. */
const FILE = `
destinations: { chat: 1, mail: 2 }
tell: [{ to: chat }, { to: mail, severity: critical }]
stock: { fleet-silent: off, cpu: off, datagrams-lost: off }
rules: [{ name: busy, when: cpu > 90 for 10s until < 80 for 20s }]
quiet: [{ from: "12:30", to: "12:45" }]
`;
/** The wall clock is set ahead by so much once, so that what stands is reminded of soon. */
const JUMP_MS = 44 * 3_600_000;

/** What a soak does. */
export interface NotifySoakOptions {
  readonly seed: number;
  readonly seconds: number;
}

/** Runs it; returns what was wrong, in words, and how much was told. */
export async function runNotifySoak(options: NotifySoakOptions) {
  const soak = new NotifySoak(options);
  await soak.run(options.seconds);
  return soak.compare();
}

type Mode = "well" | "refuses" | "asks for a pause" | "hangs" | "delays";
const MODES: readonly Mode[] = ["well", "well", "refuses", "asks for a pause", "hangs", "delays"];

/** A receiver with its moods, and what it took in all lives of the server. */
class Receiver {
  mode: Mode = "well";
  readonly taken: Told[] = [];
  readonly #name: string;
  readonly #clock: FakeClock;

  constructor(name: string, clock: FakeClock) {
    this.#name = name;
    this.#clock = clock;
  }

  /** As a life of the server sees it; one that is over tells it nothing more. */
  destination(isAlive: () => boolean): Destination {
    return {
      ...{ name: this.#name, where: "soak", isPerHost: false, maxBatch: 20 },
      send: async (notices) => {
        if (this.mode === "refuses") throw new DeliveryError("refused");
        if (this.mode === "asks for a pause") {
          throw new DeliveryError("HTTP 429", { retryAfterMs: 40_000 });
        }
        if (this.mode === "hangs") await new Promise(() => {});
        if (this.mode === "delays") {
          await new Promise<void>((resolve) => this.#clock.schedule(resolve, 5_000));
        }
        if (isAlive()) this.taken.push(...notices.flatMap(toldOf));
      },
    };
  }
}

function toldOf({ what, rule, hosts, atMs }: Notice): Told[] {
  return hosts.map(({ name }) => `${new Date(atMs).toISOString()} ${what} ${rule} ${name}`).sort();
}

function timeOf(line: Told): string {
  return line.slice(0, line.indexOf(" "));
}

/** How a host behaves for a while. */
interface Mood {
  untilMs: number;
  isSilent: boolean;
  isBusy: boolean;
}

class NotifySoak {
  readonly #random: () => number;
  readonly #clock = new FakeClock();
  readonly #receivers = DESTINATIONS.map((name) => new Receiver(name, this.#clock));
  readonly #config = readAlerts(FILE, () => null);
  readonly #model: AlertsModel;
  readonly #moods = new Map<string, Mood>();
  #watched = new Watched();
  #outbox: Outbox;
  #life = 0;
  #starts = 0;

  constructor({ seed }: NotifySoakOptions) {
    this.#random = randomOf(seed);
    // Reminders go by the hour of this machine.
    this.#watched.aheadMs += new Date(this.#watched.aheadMs).getTimezoneOffset() * 60_000;
    this.#outbox = this.#open();
    this.#model = new AlertsModel(this.#config.rules.map(({ id }) => id));
  }

  /** A server begins: over the fleet as it is. */
  #open(): Outbox {
    const life = ++this.#life;
    const { fleet, nowMs, aheadMs } = this.#watched;
    const outbox = new Outbox({
      ...{ steadyMs: () => this.#clock.nowMs, schedule: this.#clock.schedule, random: () => 0 },
      log: logLines().log,
    });
    outbox.use(this.#receivers.map((one) => one.destination(() => this.#life === life)));
    this.#watched = new Watched({ fleet, startedMs: nowMs, teller: outbox });
    Object.assign(this.#watched, { nowMs, aheadMs });
    this.#watched.alerts.use(this.#config.rules, this.#config.manners);
    return outbox;
  }

  /** It is stopped, or killed just after it has written its state. */
  async #startAnew(): Promise<void> {
    if (this.#random() < 0.5) {
      const closed = this.#outbox.close();
      await this.#clock.pass(1_000);
      await closed;
      this.#clock.nowMs -= 1_000;
    }
    const state = stateOf(this.#watched.alerts);
    const waiting = structuredClone(this.#outbox.waiting);
    this.#outbox = this.#open();
    this.#watched.alerts.tick(this.#watched.nowMs);
    this.#watched.alerts.restore(state);
    for (const { to, notices } of waiting) {
      for (const notice of notices) this.#outbox.tell([to], notice);
    }
    this.#model.startAnew(this.#watched.nowMs);
    this.#starts++;
  }

  async run(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      if (second === Math.floor(seconds / 2)) this.#watched.aheadMs += JUMP_MS;
      if (this.#random() < 1 / 900) await this.#startAnew();
      for (const receiver of this.#receivers) {
        if (this.#random() < 1 / 90) receiver.mode = this.#pick(MODES);
      }
      await this.#second(true);
    }
    // All is well for long enough that whatever flaps is calm, and all that waits is told.
    for (const receiver of this.#receivers) receiver.mode = "well";
    for (let second = 0; second < 4_500; second++) await this.#second(false);
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  async #second(isRough: boolean): Promise<void> {
    const watched = this.#watched;
    watched.nowMs += 1_000;
    for (const host of HOSTS) {
      const { isSilent, isBusy } = isRough
        ? this.#moodOf(host)
        : { isSilent: false, isBusy: false };
      if (isSilent || (isRough && this.#random() < 0.05)) continue;
      watched.send(host, isBusy ? busy : {});
      this.#model.hear(host, isBusy, watched.nowMs);
    }
    this.#model.tick(watched.nowMs, watched.nowMs + watched.aheadMs);
    watched.alerts.tick(watched.nowMs);
    if (this.#outbox.waiting.some(({ notices }) => notices.length > 0)) {
      await this.#clock.pass(1_000);
    } else this.#clock.nowMs += 1_000;
  }

  #moodOf(host: string): Mood {
    const { nowMs } = this.#watched;
    const mood = this.#moods.get(host);
    if (mood !== undefined && mood.untilMs > nowMs) return mood;
    // Now and then something lasts, and most often it flaps.
    const lastsMs = 1_000 * Math.ceil(this.#random() * (this.#random() < 0.1 ? 1_500 : 70));
    const [isSilent, isBusy] = [this.#random() < 0.3, this.#random() < 0.4];
    const next = { untilMs: nowMs + lastsMs, isSilent, isBusy };
    this.#moods.set(host, next);
    return next;
  }

  /** What each receiver took and should have taken. */
  compare() {
    const wrong = this.#receivers.flatMap(({ taken }, n) => {
      const due = this.#model.toldTo(DESTINATIONS[n]!).toSorted();
      const sorted = taken.toSorted();
      const late = taken.find((line, at) => timeOf(line) < timeOf(taken[at - 1] ?? line));
      const at = Array.from({ length: Math.max(taken.length, due.length) }, (_, at) => at)
        .find((at) => sorted[at] !== due[at]);
      return [
        ...(late === undefined ? [] : [`${DESTINATIONS[n]} was told too late: ${late}`]),
        ...(at === undefined ? [] : [`${DESTINATIONS[n]} was told ${sorted[at]}, not ${due[at]}`]),
      ];
    });
    const told = this.#receivers.flatMap(({ taken }) => taken);
    const counts = Object.fromEntries(
      ["fired", "recovered", "flapping", "reminder"].map((what) => [
        what,
        told.filter((line) => line.includes(` ${what} `)).length,
      ]),
    );
    return { wrong, counts, starts: this.#starts };
  }
}

if (import.meta.main) await main();

async function main(): Promise<void> {
  const count = (most: number) => (text: string) => readCount(text, 1, most);
  const { hours, seed } = readCommandLine({
    usage: "deno task soak:alerts [OPTION]...",
    purpose: "Holds what receivers are told of alerts against a model, whatever fails.",
    options: {
      hours: {
        placeholder: "N",
        fallback: "12",
        help: "how long, in its own time",
        read: count(240),
      },
      seed: { placeholder: "N", fallback: "1", help: "what happens", read: count(1_000_000) },
    },
  });
  const result = await runNotifySoak({ seed, seconds: 3_600 * hours });
  // deno-lint-ignore no-console
  console.log(JSON.stringify(result));
  Deno.exit(result.wrong.length === 0 ? 0 : 1);
}
