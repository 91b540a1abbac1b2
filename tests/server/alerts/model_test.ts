/** The proof of manners: over random traces with mutes, maintenance and starts anew, what is told adds up. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readAlerts } from "../../../lib/server/alerts/config.ts";
import { busy, NOON_MS, stateOf, Watched } from "./watched.ts";

const HOSTS = ["web-0", "web-1"];
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

/** One who is told, and what holds for each host. */
class Listener {
  readonly standing = new Set<string>();

  hear(what: string, host: string): void {
    if (what === "recovered") assert(this.standing.delete(host), "it ends what was told");
    else {
      assert(!this.standing.has(host), `nothing is told twice: ${host}`);
      this.standing.add(host);
    }
  }
}

Deno.test("Conduct tells each alert once and its end after it, whatever is muted, worked on or started anew", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const { rules, manners } = readAlerts(FILE, () => null);
      let watched = new Watched();
      watched.alerts.use(rules, manners);
      watched.hear(60, HOSTS);
      const listeners = { chat: new Listener(), mail: new Listener() };
      const listen = () => {
        const muted = watched.alerts.mutes.list().map(({ filter }) => filter);
        const second = watched.nowMs / 1_000;
        for (const [to, { what, hosts }] of watched.told.splice(0)) {
          for (const { name } of hosts) {
            if (to === "mail") assertEquals(name, "web-1");
            if (what !== "recovered") {
              assert(!muted.includes(name) && !muted.includes("*"), "nothing muted is told");
              assert(name === "web-0" || second < 120 || second >= 150, "nor what is worked on");
            }
            listeners[to as keyof typeof listeners].hear(what, name);
          }
        }
      };
      const live = (seconds: number, isBusy: readonly boolean[]) => {
        for (let second = 0; second < seconds; second++) {
          watched.nowMs += 1_000;
          HOSTS.forEach((host, n) => watched.send(host, isBusy[n] ? busy : {}));
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
          watched.alerts.use(rules, manners);
          watched.alerts.tick(nowMs);
          watched.alerts.restore(state);
        }
        live(5 * rounds, busy);
      }
      // Calm for longer than any mute, and than what flaps: all that was told is over.
      live(80, [false, false]);
      const flapping = new Set(watched.alerts.standing().map(({ key }) => key));
      for (const { standing } of Object.values(listeners)) {
        assertEquals([...standing].filter((name) => !flapping.has(name)), []);
      }
      // What stands is known to those who are to know it.
      watched.alerts.mutes.remove("all");
      live(20, [false, false]);
      for (const { key, rule } of watched.alerts.standing()) {
        if (rule.id === "busy") assert(listeners.chat.standing.has(key), `${key} is told`);
      }
    }),
    { numRuns: 20 },
  );
});
