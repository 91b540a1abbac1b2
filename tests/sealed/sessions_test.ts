import { assertEquals, assertThrows } from "@std/assert";
import { DatagramError } from "../../lib/message/message.ts";
import { Peers, type Session } from "../../lib/sealed/sessions.ts";
import { ReplayWindow } from "../../lib/sealed/window.ts";
import { keyOf } from "./sealing.ts";

const SILENCE_MS = 600_000;

function session(key: string, heardMs: number): Session {
  return {
    key,
    name: "",
    startMs: 0,
    window: new ReplayWindow(1),
    sealedWith: keyOf(1),
    sessionKey: new Uint8Array(32),
    heardMs,
    isContested: false,
    hostname: "192.0.2.1",
    port: 4_000,
  };
}

Deno.test("Peers keeps each agent's newest session", () => {
  const peers = new Peers(1, SILENCE_MS);
  const [first, second] = [session("a", 0), session("a", 1)];
  peers.enter(first);
  peers.enter(second);
  assertEquals(peers.get("a") === second, true);
  assertEquals(peers.get("b"), undefined);
  assertEquals(peers.size, 1);
});

Deno.test("Peers forgets the longest silent agent when it is full, but none too early", () => {
  const peers = new Peers(2, SILENCE_MS);
  peers.enter(session("a", 0));
  peers.enter(session("b", 1_000));
  peers.get("a")!.heardMs = 2_000;
  const early = () => peers.enter(session("c", 1_000 + SILENCE_MS - 1));
  assertEquals(assertThrows(early, DatagramError).reason, "capacity");
  assertEquals(peers.get("c"), undefined);
  peers.enter(session("c", 1_000 + SILENCE_MS));
  assertEquals(["a", "b", "c"].filter((id) => peers.get(id) !== undefined), ["a", "c"]);
});
