import { assertEquals } from "@std/assert";
import { openKernelDrops, socketDrops } from "../../../lib/server/sources/kernel_drops.ts";

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

Deno.test("socketDrops() finds the row of our own socket", async (t) => {
  const cases: [
    name: string,
    table: string,
    port: number,
    inodes: string[],
    drops: number | null,
  ][] = [
    ["one of two on a port", TABLE, 5005, ["1002", "77"], 123_456],
    ["the other", TABLE, 5005, ["1001"], 7],
    ["ours on another port", TABLE, 5005, ["1003"], null],
    ["only others", TABLE, 5005, ["77"], null],
    ["IPv6", TABLE_6, 5005, ["2001"], 5],
    ["IPv6 and IPv4, bound apart", TABLE + TABLE_6, 5005, ["1002", "2001"], 123_461],
    ["no rows", TABLE.split("\n")[0]!, 5005, ["1001"], null],
    ["no text", "", 5005, ["1001"], null],
    ["a kernel that does not tell", TABLE.replaceAll(/ \d+\n/g, "\n"), 5005, ["1002"], null],
  ];
  for (const [name, table, port, inodes, drops] of cases) {
    await t.step(name, () => assertEquals(socketDrops(table, port, new Set(inodes)), drops));
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
      const drops = openKernelDrops((socket.addr as Deno.NetAddr).port);
      assertEquals(drops(0), 0);
      const SENT = 2_000;
      for (let n = 0; n < SENT; n++) await sender.send(new Uint8Array(1_400), socket.addr);
      assertEquals(drops(999), 0, "not read again");
      const dropped = drops(1_000)!;
      // What was not dropped waits in the buffer.
      for (let n = 0; n < SENT - dropped; n++) await socket.receive();
      assertEquals(drops(2_000), dropped);
      assertEquals(dropped > 0 && dropped < SENT, true);
    } finally {
      socket.close();
      sender.close();
    }
    assertEquals(openKernelDrops(1)(0), null);
  },
});

Deno.test({
  name: "openKernelDrops() does not know what it may not read",
  permissions: { read: false },
  fn: () => assertEquals(openKernelDrops(5005)(0), null),
});
