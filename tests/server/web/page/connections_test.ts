/// <reference lib="dom" />
import { assertEquals } from "@std/assert";
import { Connections } from "../../../../lib/server/web/page/connections.js";
import { FakeTimers } from "../../../timers.ts";

/** Streams that say what a test has them say. */
class FakeSource extends EventTarget {
  static readonly open = new Set<string>();
  static readonly made: FakeSource[] = [];
  readonly readyState = 1;

  constructor(readonly url: string) {
    super();
    FakeSource.open.add(url);
    FakeSource.made.push(this);
  }

  static say(url: string): void {
    const source = FakeSource.made.findLast((made) => made.url === url)!;
    source.dispatchEvent(new MessageEvent("tick", { data: "{}" }));
  }

  close(): void {
    FakeSource.open.delete(this.url);
  }
}

Deno.test("Connections gives who never had a stream one before those that wait for another turn", () => {
  using timers = new FakeTimers();
  const { EventSource } = globalThis;
  globalThis.EventSource = FakeSource as unknown as typeof EventSource;
  try {
    const connections = new Connections();
    const join = (url: string) => connections.join(url, () => {});
    for (const url of ["a", "b", "c", "d", "e"]) join(url);
    assertEquals([...FakeSource.open], ["a", "b", "c"]);
    // Who was told something makes room for those that were told nothing yet, at once.
    FakeSource.say("a");
    FakeSource.say("b");
    assertEquals([...FakeSource.open], ["c", "d", "e"]);
    FakeSource.say("c");
    assertEquals([...FakeSource.open], ["c", "d", "e"]);
    const leave = join("new");
    assertEquals([...FakeSource.open], ["d", "e", "new"]);
    // Another turn is given when one is over: a has waited longest.
    FakeSource.say("d");
    timers.ring();
    assertEquals([...FakeSource.open], ["e", "new", "a"]);
    leave();
    assertEquals([...FakeSource.open], ["e", "a", "b"]);
  } finally {
    globalThis.EventSource = EventSource;
  }
});
