import { assertEquals } from "@std/assert";
import { readNetwork } from "../../../../lib/common/network.ts";
import {
  Admission,
  MAX_CONNECTIONS,
  MAX_CONNECTIONS_PER_ADDRESS,
} from "../../../../lib/server/web/http/admission.ts";

/** Lets so many of an address in. */
function enter(admission: Admission, address: string, count: number): void {
  for (let n = 0; n < count; n++) admission.enter(admission.clientOf(address));
}

Deno.test("Admission counts an IPv4 address or an IPv6 /64 as one client", () => {
  const admission = new Admission([]);
  const broken = (address: string) => admission.brokenBy(admission.clientOf(address));
  enter(admission, "192.0.2.7", MAX_CONNECTIONS_PER_ADDRESS - 1);
  assertEquals(broken("192.0.2.7"), null);
  enter(admission, "::ffff:192.0.2.7", 1);
  enter(admission, "2001:db8::1", MAX_CONNECTIONS_PER_ADDRESS);
  const addresses = ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::2", "192.0.2.8", "2001:db8:0:1::"];
  assertEquals(addresses.map(broken), ["address", "address", "address", null, null]);
  admission.leave(admission.clientOf("192.0.2.7"));
  assertEquals(broken("192.0.2.7"), null);
});

Deno.test("Admission lets this machine and proxies have all places, and nobody more", () => {
  for (const address of ["127.0.0.2", "::1", "::ffff:127.0.0.1", "10.1.2.3", "fd00::9"]) {
    const admission = new Admission(["10.0.0.0/8", "fd00::/8"].map(readNetwork));
    enter(admission, address, MAX_CONNECTIONS - 1);
    assertEquals(admission.brokenBy(admission.clientOf(address)), null, address);
    enter(admission, "192.0.2.7", 1);
    assertEquals(admission.brokenBy(admission.clientOf(address)), "all", address);
    assertEquals(admission.brokenBy(admission.clientOf("192.0.2.8")), "all");
  }
});

Deno.test("Admission.shrink() leaves descriptors to others, for good, and some connections", () => {
  const admission = new Admission([]);
  enter(admission, "127.0.0.1", 100);
  assertEquals([admission.shrink(), admission.limit], [16, 84]);
  for (let n = 0; n < 90; n++) admission.leave(null);
  assertEquals([admission.shrink(), admission.limit], [2, 8]);
  assertEquals([admission.shrink(), admission.limit], [2, 8]);
});
