/** The proof of manners: over random traces with mutes, maintenance and starts anew, what is told adds up. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readAlerts } from "../../../lib/server/alerts/config.ts";
import { busy, NOON_MS, stateOf, Watched } from "./watched.ts";

const HOSTS = ["web-0", "web-1"];
/** A rule looks once in so many seconds, and what has changed is told in the last of them. */
const ROUND = 5;
const time = (second: number) => new Date(NOON_MS + 1_000 * second).toISOString();
const FILE = `
destinations: { chat: 1, mail: 2 }
tell: [{ to: chat }, { to: mail, hosts: web-1 }]
rules: [{ name: busy, when: cpu > 90 for 5s until < 80 for 5s }]
stock: { offline: off, fleet-silent: off, datagrams-lost: off }
maintenance: [{ hosts: web-1, from: "${time(120)}", to: "${time(150)}" }]
`;

/** What happens for some rounds of five seconds. */
interface Step {
  readonly rounds: number;
  readonly busy: readonly boolean[];
  readonly mute: string | null;
  readonly startsAnew: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  busy: fc.tuple(fc.boolean(), fc.boolean()),
  rounds: fc.integer({ min: 1, max: 4 }),
  mute: fc.oneof(
    { weight: 15, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(...HOSTS, "*") },
  ),
  startsAnew: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

/** What the rule saw of one host, look by look. */
class Looks {
  /** What the last two, five seconds apart, agree on; `null` where they do not. */
  now: boolean | null = null;
  /** What two, one after the other, have agreed on last. */
  last: boolean | null = null;
  /** In which life of the server both of the last two were; `null` where it was started anew between them. */
  life: number | null = null;
  #before: { readonly isBusy: boolean; readonly life: number } | null = null;

  take(isBusy: boolean, life: number): void {
    this.now = this.#before?.isBusy === isBusy ? isBusy : null;
    this.last = this.now ?? this.last;
    this.life = this.#before?.life === life ? life : null;
    this.#before = { isBusy, life };
  }
}

/** One who is told, and what holds for each host. */
class Listener {
  readonly standing = new Set<string>();
  readonly flapping = new Set<string>();

  hear(what: string, host: string, { now, last }: Looks): void {
    if (what === "recovered") {
      assert(this.standing.delete(host), `it ends what was told: ${host}`);
      assertEquals(now, false, `it ends after its recovery: ${host}`);
    } else {
      assert(!this.standing.has(host), `nothing is told twice: ${host}`);
      this.standing.add(host);
      // What flaps stands until an hour of calm, and may have waited for the end of a mute.
      if (what === "flapping") this.flapping.add(host);
      else assertEquals(last, true, `it is told after its hold: ${host}`);
    }
  }

  /** What must be told by now, as nothing held it back. */
  check(host: string, { now }: Looks): void {
    if (now === true) assert(this.standing.has(host), `what holds is told: ${host}`);
    if (now === false && !this.flapping.has(host)) {
      assert(!this.standing.has(host), `what has ended is told: ${host}`);
    }
  }
}

Deno.test("Conduct tells each alert once, after its hold, and its end after its recovery, whatever is muted, worked on or started anew", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const { rules, manners } = readAlerts(FILE, () => null);
      const turn = rules.findIndex(({ id }) => id === "busy") % ROUND;
      let watched = new Watched();
      let life = 0;
      watched.alerts.use(rules, manners);
      watched.hear(60, HOSTS);
      const listeners = { chat: new Listener(), mail: new Listener() };
      const looks = new Map(HOSTS.map((host) => [host, new Looks()]));
      const isHeldBack = (host: string) => {
        const second = watched.nowMs / 1_000;
        const muted = watched.alerts.mutes.list().map(({ filter }) => filter);
        const isWorkedOn = host === "web-1" && second >= 120 && second < 150;
        return isWorkedOn || muted.includes(host) || muted.includes("*");
      };
      const listen = () => {
        for (const [to, { what, hosts }] of watched.told.splice(0)) {
          for (const { name } of hosts) {
            if (to === "mail") assertEquals(name, "web-1");
            if (what !== "recovered") assert(!isHeldBack(name), `${name} is told, and held back`);
            listeners[to as keyof typeof listeners].hear(what, name, looks.get(name)!);
          }
        }
        if (watched.nowMs / 1_000 % ROUND !== ROUND - 1) return;
        for (const host of HOSTS) {
          const seen = looks.get(host)!;
          if (seen.life !== life || isHeldBack(host)) continue;
          listeners.chat.check(host, seen);
          if (host === "web-1") listeners.mail.check(host, seen);
        }
      };
      const live = (seconds: number, isBusy: readonly boolean[]) => {
        for (let second = 0; second < seconds; second++) {
          watched.nowMs += 1_000;
          HOSTS.forEach((host, n) => {
            watched.send(host, isBusy[n] ? busy : {});
            if (watched.nowMs / 1_000 % ROUND === turn) looks.get(host)!.take(isBusy[n]!, life);
          });
          watched.alerts.tick(watched.nowMs);
          listen();
        }
      };
      for (const { rounds, busy, mute, startsAnew } of steps) {
        if (mute !== null) watched.alerts.mutes.add(mute, 60_000);
        if (startsAnew) {
          const state = stateOf(watched.alerts);
          const { nowMs, fleet } = watched;
          // The grace time has no look in it; the fleet is what its file has.
          watched = new Watched({ fleet, startedMs: nowMs - 60_000 });
          watched.nowMs = nowMs;
          life++;
          watched.alerts.use(rules, manners);
          watched.alerts.tick(nowMs);
          watched.alerts.restore(state);
        }
        live(5 * rounds, busy);
      }
      // Calm for longer than any mute: all that was told is over, but for what flaps.
      live(80, [false, false]);
      watched.alerts.mutes.remove("all");
      live(20, [false, false]);
      for (const { standing, flapping } of Object.values(listeners)) {
        assertEquals([...standing].filter((name) => !flapping.has(name)), []);
      }
      for (const { key, rule } of watched.alerts.standing()) {
        if (rule.id === "busy") assert(listeners.chat.standing.has(key), `${key} is told`);
      }
    }),
    { numRuns: 20 },
  );
});
