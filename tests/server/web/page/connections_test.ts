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
    FakeSource.say("a");
    timers.ring();
    assertEquals([...FakeSource.open], ["b", "c", "d"]);
    // e waits for its first turn and a for its second when another comes.
    const leave = join("new");
    FakeSource.say("b");
    timers.ring();
    assertEquals([...FakeSource.open], ["c", "d", "e"]);
    FakeSource.say("c");
    timers.ring();
    assertEquals([...FakeSource.open], ["d", "e", "new"]);
    leave();
    assertEquals([...FakeSource.open], ["d", "e", "a"]);
  } finally {
    globalThis.EventSource = EventSource;
  }
});
