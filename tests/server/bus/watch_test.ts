/** What the log of a view tells of it and its sites: each change once. */
import { assertEquals } from "@std/assert";
import type { FollowState } from "../../../lib/server/bus/site.ts";
import { ViewWatch } from "../../../lib/server/bus/watch.ts";
import type { SiteSetup, SiteState } from "../../../lib/server/bus/site.ts";

const CALM: SiteState = { site: "fra", skewMs: 0, silentMs: null, omitted: 0 };
const FINE = { isSeveral: false, partitions: 64 };

/** A watch of a view that takes a part or all, and what it has logged since it was asked last. */
function open({ last = 63 } = {}) {
  const lines: string[] = [];
  const source = {
    state: {
      ...{
        failure: null,
        behindMs: 0,
        pending: 0,
        missed: 0,
        refused: 0,
        misdated: 0,
        sites: [CALM],
        sharing: 0,
      },
    } as Omit<FollowState, "notifies">,
    clock: { setupOf: () => setup },
  };
  let setup: SiteSetup = FINE;
  const log = {
    info: (text: string) => lines.push(text),
    warn: (text: string) => lines.push(`! ${text}`),
  };
  const parts = { tick: () => {}, close: () => Promise.resolve() };
  const partitions = { first: 0, last, count: 64 };
  const watch = new ViewWatch(source as never, partitions, log as never, parts);
  const look = (state: Partial<FollowState>, next = setup) => {
    setup = next;
    Object.assign(source.state, state);
    for (let second = 0; second < 3; second++) watch.tick();
    return lines.splice(0);
  };
  return look;
}

/** Lets a minute go by. */
function pass(look: ReturnType<typeof open>, setup: SiteSetup = FINE) {
  for (let n = 0; n < 18; n++) look({}, setup);
}

Deno.test("ViewWatch tells each change once, and that it is over", () => {
  const look = open();
  assertEquals(look({}), []);
  assertEquals(look({ behindMs: 12_000, pending: 3 }), [
    "! The view is 12s behind: 3 messages to read",
  ]);
  assertEquals(look({ behindMs: 0 }), ["The view is up to date"]);
  assertEquals(look({ sites: [{ ...CALM, silentMs: 12_000 }] }), ["! Site fra is silent"]);
  assertEquals(look({ sites: [CALM] }), ["Site fra is heard again"]);
  // Why is told where it is tried.
  assertEquals(look({ failure: "stream not found" }), []);
  assertEquals(look({ failure: null }), ["Receiving by bus"]);
});

Deno.test("ViewWatch tells once that there is a seventeenth site", () => {
  const look = open();
  const line =
    "! More than 16 sites: further ones count as one with the last among the ways of hosts";
  assertEquals(look({ sharing: 1 }), [line]);
  assertEquals(look({ sharing: 2 }), []);
});

Deno.test("ViewWatch tells of sites of one name, and of another number of partitions where that matters", () => {
  const several = { ...FINE, isSeveral: true };
  const other = { ...FINE, partitions: 128 };
  const [ofAll, ofPart] = [open(), open({ last: 31 })];
  assertEquals(ofAll({}, several), [
    "! Several servers publish as site fra: give each a --site of its own",
  ]);
  assertEquals(ofAll({}, FINE), [], "however often that changes, it is a line a minute");
  pass(ofAll);
  assertEquals(ofAll({}), ["One server publishes as site fra again"]);
  pass(ofAll);
  assertEquals(ofAll({}, other), []);
  assertEquals(ofPart({}, other), [
    "! Site fra has 128 partitions, this view has a part of 64: hosts are missing",
  ]);
  pass(ofPart, other);
  assertEquals(ofPart({}, other), []);
  assertEquals(ofPart({}, FINE), ["Site fra has 64 partitions"]);
  assertEquals(ofPart({}, { ...FINE, partitions: null }), []);
});

Deno.test("ViewWatch tells of many silent sites in one line, and not of one that is gone that it is heard", () => {
  const look = open();
  const sites = Array.from({ length: 200 }, (_, n) => ({ ...CALM, site: `s${n}` }));
  assertEquals(look({ sites }), []);
  assertEquals(look({ sites: sites.map((site) => ({ ...site, silentMs: 11_000 })) }), [
    "! 200 sites are silent: s0, s1, s2 and 197 more",
  ]);
  assertEquals(look({ sites: sites.slice(0, 2) }), [
    "Site s0 is heard again",
    "Site s1 is heard again",
  ]);
});
