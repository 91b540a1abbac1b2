/** Rules out of the box that go by what became of a host's datagrams: each fires for its host, and ends. */
import { assertEquals } from "@std/assert";
import { names, Watched } from "./watched.ts";

const [HOST, OTHER] = names(2) as [string, string];

/** Each second another host is heard, and of the one that it is about what `send` makes of it. */
function during(seconds: number, watched: Watched, send: (second: number) => void): string[] {
  for (let second = 0; second < seconds; second++) {
    watched.hear(1, [OTHER]);
    send(second);
  }
  return watched.standing;
}

const started = () => new Watched().hear(70, [HOST, OTHER]);

Deno.test("datagrams-lost fires when more than 5% do not come, and ends when all do", () => {
  const watched = started();
  let seq = 1_000;
  const send = (step: number) => watched.send(HOST, { seq: seq += step });
  assertEquals(during(300, watched, () => send(1)), []);
  assertEquals(during(300, watched, (second) => send(second % 10 === 0 ? 2 : 1)), [
    `datagrams-lost ${HOST}`,
  ]);
  const { detail, valueText } = watched.alerts.show(watched.alerts.standing()[0]!);
  assertEquals([valueText, detail], ["7%", ""]);
  assertEquals(during(600, watched, () => send(1)), []);
});

Deno.test("datagrams-lost takes a loss of less than 5% as it comes", () => {
  const watched = started();
  let seq = 1_000;
  const send = (second: number) => watched.send(HOST, { seq: seq += second % 30 === 0 ? 2 : 1 });
  assertEquals(during(700, watched, send), []);
});

Deno.test("refused fires while sealed datagrams of a host are refused, and says why", () => {
  const watched = started();
  const send = (second: number) => {
    watched.send(HOST);
    if (second < 200) watched.fleet.host(HOST)!.turnAway("clock", watched.nowMs);
  };
  assertEquals(during(200, watched, send), [`refused ${HOST}`]);
  assertEquals(watched.alerts.show(watched.alerts.standing()[0]!).detail, "clock");
  assertEquals(during(200, watched, () => watched.send(HOST)), []);
});

Deno.test("shared-id fires while two agents send under one id, and none of them seems rebooted", () => {
  const watched = started();
  const send = (second: number) => {
    const agents = [["first", 90_000], ["second", 50_000]] as const;
    // They take turns in ten seconds, so that now the one is heard last and now the other.
    for (const [session, uptime] of second % 20 < 10 ? agents : agents.toReversed()) {
      const system = { load1: 1, load5: 1, load15: 1, uptime: uptime + second };
      watched.send(HOST, { session, seq: second + 1, system });
    }
  };
  assertEquals(during(720, watched, send), [`shared-id ${HOST}`]);
  assertEquals(during(2_300, watched, () => watched.send(HOST)), []);
});

Deno.test("clock-off fires while a host's clock is more than 30 s off, either way", () => {
  for (const offMs of [-40_000, 40_000]) {
    const watched = started();
    const send = (offMs: number) => () =>
      watched.send(HOST, { time: watched.nowMs + watched.aheadMs + offMs });
    assertEquals(during(420, watched, send(offMs)), [`clock-off ${HOST}`]);
    assertEquals(during(900, watched, send(0)), []);
  }
});
