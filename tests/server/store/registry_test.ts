/** Which hosts the file knows, where the fleet and the file do not agree. */
import { assertEquals } from "@std/assert";
import { wasSilent } from "../../../lib/server/store/gaps.ts";
import { Registry } from "../../../lib/server/store/registry.ts";
import { hostOf } from "../fleet/hosts.ts";

Deno.test("Registry.leave() keeps a host that is back before the registry was told that it left", () => {
  const registry = new Registry(10);
  const [old, back] = [hostOf("a"), hostOf("a")];
  registry.enter(old);
  registry.enter(back);
  assertEquals(registry.leave(old), false);
  assertEquals(registry.get("a")?.host, back);
});

Deno.test("wasSilent() allows for what was heard after the host was saved", () => {
  const host = hostOf("a", { intervalMs: 5_000 });
  const record = { key: "a", id: 0, hostname: "", lastMs: 0, state: "", body: new Uint8Array() };
  const offlineMs = 6 * 5_000 + 1_000;
  assertEquals(wasSilent(host, record, 60_000 + offlineMs), false);
  assertEquals(wasSilent(host, record, 60_000 + offlineMs + 1), true);
});

Deno.test("Registry.takeNext() gives few records at a time, of a view all new hosts within a tick", () => {
  const place = { placeMs: 0, fromMs: 0, savedMs: 0, minuteMs: 0, minutePlaceMs: 0, minute: null };
  for (const [resumeOf, all] of [[undefined, 20], [() => place, 1_000]] as const) {
    const registry = new Registry(1_000, resumeOf);
    for (let n = 0; n < 1_000; n++) registry.enter(hostOf(`h${n}`));
    const parts = [...registry.takeNext(0)].map(({ length }) => length);
    const taken = parts.reduce((sum, length) => sum + length, 0);
    assertEquals(taken, all);
    assertEquals(parts.every((length) => length <= 2 * 100), true);
  }
});
