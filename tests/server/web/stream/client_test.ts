import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type EventBytes,
  EventClient,
  MAX_SILENCE_MS,
  MAX_WAITING_BYTES,
  tickEvent,
} from "../../../../lib/server/web/stream/client.ts";
import { FakeWorld, settle } from "../fakes.ts";

/** How long a client that was dropped may take to hear of it, and a little more. */
const FAREWELL_MS = 6_000;

/** A client whose introduction has so many events, and how often its stream has ended. */
function open(introduced: number) {
  const world = new FakeWorld();
  const event = tickEvent(world.context);
  const introduction = (async function* () {
    for (let n = 0; n < introduced; n++) yield await Promise.resolve(event);
  })();
  const ends: number[] = [];
  const client = new EventClient(introduction, world.context, () => ends.push(world.nowMs));
  return { world, event, client, ends, reader: client.stream.getReader() };
}

const textOf = ({ value }: ReadableStreamReadResult<EventBytes>) => new TextDecoder().decode(value);

Deno.test("EventClient is dropped when it stops within its introduction", async () => {
  const { world, reader, ends } = open(3);
  await reader.read();
  await world.pass(MAX_SILENCE_MS - 1);
  assertEquals(ends, []);
  await world.pass(1 + FAREWELL_MS);
  assertEquals([ends.length, world.timers], [1, 0]);
  await assertRejects(() => reader.read(), Error, "this client is too slow");
});

Deno.test("EventClient is told that it was too slow when it comes back at once", async () => {
  const { world, reader, ends } = open(3);
  await reader.read();
  await world.pass(MAX_SILENCE_MS);
  assertStringIncludes(textOf(await reader.read()), "event: dropped");
  assertEquals((await reader.read()).done, true);
  assertEquals([ends.length, world.timers], [1, 0]);
});

Deno.test("EventClient that was told why it is dropped may not take longer to end", async () => {
  const { world, reader, ends } = open(3);
  await reader.read();
  await world.pass(MAX_SILENCE_MS);
  await reader.read();
  await world.pass(FAREWELL_MS);
  assertEquals([ends.length, world.timers], [1, 0]);
});

Deno.test("EventClient may take its time for each event of its introduction", async () => {
  const { world, reader, ends } = open(5);
  for (let n = 0; n < 5; n++) {
    assertStringIncludes(textOf(await reader.read()), "event: tick");
    await world.pass(MAX_SILENCE_MS - 1);
  }
  assertEquals(ends, []);
  await reader.cancel();
  assertEquals([ends.length, world.timers], [1, 0]);
});

Deno.test("EventClient that waits for events is not slow, however long none comes", async () => {
  const { world, reader, ends, client, event } = open(1);
  await reader.read();
  const pending = reader.read();
  await settle();
  await world.pass(100 * MAX_SILENCE_MS);
  client.push(event);
  assertStringIncludes(textOf(await pending), "event: tick");
  await world.pass(MAX_SILENCE_MS - 1);
  assertEquals(ends, []);
  await world.pass(1 + FAREWELL_MS);
  assertEquals(ends.length, 1);
});

Deno.test("EventClient counts what waits for it, not all that it was ever sent", async () => {
  const { reader, ends, client } = open(0);
  const event = new Uint8Array(MAX_WAITING_BYTES / 4);
  for (let n = 0; n < 12; n++) {
    client.push(event);
    assertEquals((await reader.read()).value?.length, event.length);
  }
  assertEquals(ends, []);
  for (let n = 0; n < 4; n++) client.push(event);
  client.push(Uint8Array.of(1));
  assertStringIncludes(textOf(await reader.read()), "event: dropped");
});
