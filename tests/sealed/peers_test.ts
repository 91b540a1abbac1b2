import { assertEquals, assertThrows } from "@std/assert";
import { DatagramError } from "../../lib/message.ts";
import { Peers, type Session } from "../../lib/sealed/peers.ts";
import { ReplayWindow } from "../../lib/sealed/replay.ts";
import { keyOf } from "./sealing.ts";

const SILENCE_MS = 600_000;

function session(heardMs: number): Session {
  return {
    name: "",
    startMs: 0,
    window: new ReplayWindow(1),
    key: keyOf(1),
    sessionKey: new Uint8Array(32),
    heardMs,
  };
}

Deno.test("Peers keeps each agent's newest session", () => {
  const peers = new Peers(1, SILENCE_MS);
  const [first, second] = [session(0), session(1)];
  peers.enter("a", first);
  peers.enter("a", second);
  assertEquals(peers.get("a") === second, true);
  assertEquals(peers.get("b"), undefined);
  assertEquals(peers.size, 1);
});

Deno.test("Peers forgets the longest silent agent when it is full, but none too early", () => {
  const peers = new Peers(2, SILENCE_MS);
  peers.enter("a", session(0));
  peers.enter("b", session(1_000));
  peers.get("a")!.heardMs = 2_000;
  const early = () => peers.enter("c", session(1_000 + SILENCE_MS - 1));
  assertEquals(assertThrows(early, DatagramError).reason, "capacity");
  assertEquals(peers.get("c"), undefined);
  peers.enter("c", session(1_000 + SILENCE_MS));
  assertEquals(["a", "b", "c"].filter((id) => peers.get(id) !== undefined), ["a", "c"]);
});
