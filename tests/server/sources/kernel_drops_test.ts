/** What the kernel dropped, from its tables as they are and from those of this machine. */
import { assertEquals } from "@std/assert";
import { kernelAddress } from "../../../lib/common/address.ts";
import {
  CatDrops,
  openKernelDrops,
  socketDrops,
} from "../../../lib/server/sources/kernel_drops.ts";

const TABLE =
  `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  140: 0100007F:138D 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1001 2 0000000000000000 7
 5005: 00000000:138D 00000000:0000 07 00000000:00034000 00:00000000 00000000     0        0 1002 2 0000000000000000 123456
  141: 00000000:1400 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1003 2 0000000000000000 9
`;
const TABLE_6 =
  `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 8421: 00000000000000000000000000000000:138D 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2001 2 0000000000000000 5
`;

/** Another socket of an address, by SO_REUSEPORT. */
const TWIN = TABLE.split("\n")[1]!.replace("1001", "1009") + "\n";
const [LOCAL, ANY, ANY_6] = ["127.0.0.1", "0.0.0.0", "::"].map((hostname) =>
  kernelAddress({ hostname, port: 5_005 })
) as [string, string, string];

Deno.test("socketDrops() finds the row of our own socket", async (t) => {
  const cases: [
    name: string,
    table: string,
    places: string[],
    inodes: string[] | null,
    drops: number | null,
  ][] = [
    ["one of two on a port", TABLE, [ANY], ["1002", "77"], 123_456],
    ["the other", TABLE, [LOCAL], ["1001"], 7],
    ["one by its address alone", TABLE, [LOCAL], null, 7],
    ["only others", TABLE, [ANY], ["77"], null],
    ["IPv6", TABLE_6, [ANY_6], null, 5],
    ["IPv6 and IPv4, bound apart", TABLE + TABLE_6, [ANY, ANY_6], ["1002", "2001"], 123_461],
    ["one of ours is not there", TABLE, [ANY, ANY_6], null, null],
    ["two of one address, one of them ours", TABLE + TWIN, [LOCAL], ["1001"], 7],
    ["two of one address, and nobody knows which is ours", TABLE + TWIN, [LOCAL], null, null],
    ["no rows", TABLE.split("\n")[0]!, [LOCAL], ["1001"], null],
    ["no text", "", [LOCAL], null, null],
    ["a kernel that does not tell", TABLE.replaceAll(/ \d+\n/g, "\n"), [ANY], null, null],
  ];
  for (const [name, table, places, inodes, drops] of cases) {
    await t.step(name, () => {
      assertEquals(socketDrops(table, new Set(places), inodes && new Set(inodes)), drops);
    });
  }
});

/** A file of /proc is read only by who may everything. */
const MAY_ALL = Deno.build.os === "linux" && await mayReadProc();
const MAY_NET = Deno.permissions.querySync({ name: "net" }).state === "granted";

async function mayReadProc(): Promise<boolean> {
  if (Deno.permissions.querySync({ name: "read" }).state !== "granted") return false;
  return await Deno.readTextFile("/proc/net/udp").then(() => true, () => false);
}

Deno.test({
  name: "openKernelDrops() counts what a full socket lost, once a second (needs --allow-all)",
  ignore: !MAY_ALL || !MAY_NET,
  fn: async () => {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const sender = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    try {
      const drops = openKernelDrops([socket.addr as Deno.NetAddr]);
      assertEquals(drops.known(0), 0);
      const SENT = 2_000;
      for (let n = 0; n < SENT; n++) await sender.send(new Uint8Array(1_400), socket.addr);
      assertEquals(drops.known(999), 0, "not read again");
      const dropped = (await drops.read(999))!;
      // What was not dropped waits in the buffer.
      for (let n = 0; n < SENT - dropped; n++) await socket.receive();
      assertEquals([drops.known(1_000), drops.known(2_000)], [dropped, dropped]);
      assertEquals(dropped > 0 && dropped < SENT, true);
    } finally {
      socket.close();
      sender.close();
    }
    assertEquals(openKernelDrops([{ hostname: "127.0.0.1", port: 1 }]).known(0), null);
  },
});

Deno.test({
  name: "openKernelDrops() does not know what it may not read",
  permissions: { read: false, run: false },
  fn: async () => {
    const drops = openKernelDrops([{ hostname: "::", port: 5_005 }]);
    assertEquals([drops.known(0), await drops.read(0)], [null, null]);
  },
});

Deno.test("CatDrops tells what was read last, and reads anew once in five seconds", async () => {
  let [readings, text] = [0, TABLE];
  const drops = new CatDrops(new Set([LOCAL]), () => {
    readings++;
    return text === "" ? Promise.reject(new Error("no cat")) : Promise.resolve(text);
  });
  const settled = () =>
    new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));
  assertEquals(drops.known(0), null, "nothing was read yet");
  await settled();
  assertEquals([drops.known(1), drops.known(4_999), readings], [7, 7, 1]);
  text = TABLE.replace(" 7\n", " 9\n");
  assertEquals([drops.known(5_000), readings], [7, 2]);
  await settled();
  assertEquals(drops.known(5_001), 9);
  text = "";
  drops.known(10_000);
  await settled();
  assertEquals(drops.known(10_001), null);
});

Deno.test("CatDrops.read() waits for a reading that began after it was asked", async () => {
  const readings: PromiseWithResolvers<string>[] = [];
  const drops = new CatDrops(new Set([LOCAL]), () => {
    readings.push(Promise.withResolvers());
    return readings.at(-1)!.promise;
  });
  drops.known(0);
  const answers = [drops.read(1), drops.read(2)];
  assertEquals(readings.length, 1, "one at a time");
  readings[0]!.resolve(TABLE);
  await readings[0]!.promise;
  const afterwards = TABLE.replace(" 7\n", " 9\n");
  while (readings.length < 2) await Promise.resolve();
  readings[1]!.resolve(afterwards);
  assertEquals(await Promise.all(answers), [9, 9]);
  assertEquals([readings.length, drops.known(3)], [2, 9]);
  const failing = drops.read(4);
  while (readings.length < 3) await Promise.resolve();
  readings[2]!.reject(new DOMException("Cannot read /bin/cat: no answer", "TimeoutError"));
  assertEquals([await failing, drops.known(5)], [9, null]);
});

Deno.test({
  name: "openKernelDrops() has a cat read where it may run one (needs --allow-run and --allow-net)",
  permissions: { net: true, run: ["/bin/cat"], read: false },
  ignore: !MAY_ALL || !MAY_NET,
  // The time limit of a reading is looked at later.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const sender = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    try {
      for (let n = 0; n < 2_000; n++) await sender.send(new Uint8Array(1_400), socket.addr);
      const drops = openKernelDrops([socket.addr as Deno.NetAddr]);
      assertEquals(drops.known(0), null);
      const dropped = (await drops.read(0))!;
      assertEquals(dropped > 0 && dropped < 2_000, true);
      assertEquals(drops.known(1), dropped);
    } finally {
      socket.close();
      sender.close();
    }
  },
});
