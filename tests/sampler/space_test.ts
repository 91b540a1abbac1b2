import { assertEquals } from "@std/assert";
import { Timeout } from "../../lib/common/timeout.ts";
import { FailureNotes } from "../../lib/sampler/sample.ts";
import {
  openSpaceReader,
  parsePartitions,
  spaceOf,
  type SpaceReader,
  VolumeReader,
} from "../../lib/sampler/space.ts";
import { SPACE } from "./fixture.ts";

const UNKNOWN = { total: null, used: null, free: null };
const volume = (mountPoint: string, more = {}) => ({
  mountPoint,
  device: "8:1",
  isPart: false,
  isFuse: false,
  isReadOnly: false,
  ...more,
});

async function read(
  volumes: ReturnType<typeof volume>[],
  readSpace: SpaceReader,
  partitions = "",
) {
  const notes = new FailureNotes();
  const reader = new VolumeReader({
    readSpace,
    readOnce: ([path]) => Promise.resolve(new Map([[path!, partitions]])),
    partitions: "/proc/partitions",
    timeout: new Timeout(1_000),
    hostRoot: "/host",
  });
  return { volumes: await reader.read(volumes, notes), failures: Object.fromEntries(notes.all) };
}

Deno.test("VolumeReader asks below the root of the host", async () => {
  const asked: unknown[] = [];
  const readSpace: SpaceReader = (...question) => {
    asked.push(question);
    return Promise.resolve(SPACE);
  };
  const { volumes, failures } = await read(
    [volume("/"), volume("/a", { isPart: true })],
    readSpace,
  );
  assertEquals(asked, [["/host/", false], ["/host/a", true]]);
  assertEquals(volumes, [
    { mount: "/", ...SPACE, ro: 0 },
    { mount: "/a", ...SPACE, ro: 0 },
  ]);
  assertEquals(failures, {});
});

Deno.test("VolumeReader says which cannot be written", async () => {
  const readSpace: SpaceReader = () => Promise.resolve(SPACE);
  const { volumes } = await read([volume("/"), volume("/a", { isReadOnly: true })], readSpace);
  assertEquals(volumes.map(({ ro }) => ro), [0, 1]);
});

Deno.test("VolumeReader leaves out a part that is a file", async () => {
  const readSpace: SpaceReader = (_, mayBeFile) => Promise.resolve(mayBeFile ? null : SPACE);
  const { volumes } = await read([volume("/"), volume("/file", { isPart: true })], readSpace);
  assertEquals(volumes, [{ mount: "/", ...SPACE, ro: 0 }]);
});

Deno.test("VolumeReader lists what it cannot know, and says why", async (t) => {
  const readSpace: SpaceReader = (path) =>
    path === "/host/dead" ? Promise.reject(new Error("EIO")) : Promise.resolve(SPACE);
  const cases: [string, ReturnType<typeof volume>, string][] = [
    ["one that fails", volume("/dead"), "EIO"],
    [
      "a name that is not UTF-8, which Deno cannot name",
      volume("/media/Ann\ufffde"),
      "Cannot ask for it: its name is not UTF-8",
    ],
    [
      "FUSE, as Deno does not know in which blocks it counts",
      volume("/storagebox", { isFuse: true }),
      "Cannot believe its size: FUSE may count in other blocks than it tells",
    ],
  ];
  for (const [name, unknown, reason] of cases) {
    await t.step(name, async () => {
      const mount = unknown.mountPoint;
      assertEquals(await read([volume("/"), unknown], readSpace), {
        volumes: [{ mount: "/", ...SPACE, ro: 0 }, { mount, ...UNKNOWN, ro: 0 }],
        failures: { [`volume ${mount}`]: reason },
      });
    });
  }
});

Deno.test("VolumeReader believes FUSE when it is as large as its device", async (t) => {
  const KIB = 1_024;
  const cases: [string, number, boolean][] = [
    ["all of it", 1_000 * KIB, true],
    ["a little less", 998 * KIB, true],
    ["the rest of a KiB more", 1_000 * KIB + 512, true],
    ["256 times as much, by blocks for fragments", 256_000 * KIB, false],
    ["twice as much", 2_000 * KIB, false],
    ["half as much", 500 * KIB, false],
  ];
  for (const [name, total, isBelieved] of cases) {
    await t.step(name, async () => {
      const { volumes } = await read(
        [volume("/win", { device: "8:17", isFuse: true })],
        () => Promise.resolve({ total, used: 1, free: 2 }),
        "major minor  #blocks  name\n\n   8       17       1000 sdb1\n",
      );
      assertEquals(volumes[0]!.total, isBelieved ? total : null);
    });
  }
});

Deno.test("VolumeReader asks for the sizes of devices only when it must", async () => {
  let asked = 0;
  const reader = new VolumeReader({
    readSpace: () => Promise.resolve({ total: 1_024_000, used: 0, free: 0 }),
    readOnce: ([path]) =>
      Promise.resolve(new Map([[path!, `8 17 1000 sdb1\n8 33 ${++asked} sdc1\n`]])),
    partitions: "/proc/partitions",
    timeout: new Timeout(1_000),
    hostRoot: "",
  });
  const readAll = async (...volumes: ReturnType<typeof volume>[]) =>
    (await reader.read(volumes, new FailureNotes())).map(({ total }) => total);
  assertEquals([await readAll(volume("/")), asked], [[1_024_000], 0]);
  const fuse = volume("/a", { device: "8:17", isFuse: true });
  assertEquals([await readAll(fuse), await readAll(fuse), asked], [[1_024_000], [1_024_000], 1]);
  assertEquals([await readAll(volume("/b", { device: "8:33", isFuse: true })), asked], [[null], 2]);
});

Deno.test("parsePartitions() reads sizes by device", () => {
  const text = "major minor  #blocks  name\n\n 254        0  268435456 vda\n   8        1 7 sda1\n";
  assertEquals([...parsePartitions(text)], [["254:0", 2 ** 38], ["8:1", 7_168]]);
});

Deno.test("spaceOf() reckons as df does", async (t) => {
  const none = { files: 0, ffree: 0 };
  const size = { total: 10_240, used: 5_120, free: 5_120 };
  const cases: [
    string,
    Parameters<typeof spaceOf>[0] | Omit<Parameters<typeof spaceOf>[0], "files" | "ffree">,
    ReturnType<typeof spaceOf>,
  ][] = [
    ["some reserved", { bsize: 4_096, frsize: 4_096, blocks: 100, bfree: 40, bavail: 35 }, {
      total: 409_600,
      used: 245_760,
      free: 143_360,
    }],
    ["fragments", { bsize: 65_536, frsize: 512, blocks: 100, bfree: 40, bavail: 40 }, {
      total: 51_200,
      used: 30_720,
      free: 20_480,
    }],
    ["no fragment size told", { bsize: 1_024, blocks: 10, bfree: 5, bavail: 5 }, {
      total: 10_240,
      used: 5_120,
      free: 5_120,
    }],
    ["more than a message carries", { bsize: 4_096, blocks: 2 ** 52, bfree: 2 ** 52, bavail: 1 }, {
      total: null,
      used: 0,
      free: 4_096,
    }],
    [
      "a quarter of the inodes",
      { bsize: 1_024, blocks: 10, bfree: 5, bavail: 5, files: 200, ffree: 150 },
      { ...size, inodes: 25 },
    ],
    ["no inode free", { bsize: 1_024, blocks: 10, bfree: 5, bavail: 5, files: 200, ffree: 0 }, {
      ...size,
      inodes: 100,
    }],
    [
      "more inodes free than there are",
      { bsize: 1_024, blocks: 10, bfree: 5, bavail: 5, files: 200, ffree: 300 },
      size,
    ],
  ];
  for (const [name, stats, expected] of cases) {
    await t.step(name, () => assertEquals(spaceOf({ ...none, ...stats }), expected));
  }
});

const MAY_STAT = Deno.permissions.querySync({ name: "read", path: "/" }).state === "granted" &&
  Deno.permissions.querySync({ name: "sys", kind: "statfs" }).state === "granted" &&
  Deno.permissions.querySync({ name: "run", command: "df" }).state === "granted";

Deno.test({
  name: "openSpaceReader() agrees with df (needs --allow-read, --allow-sys=statfs, --allow-run=df)",
  ignore: !MAY_STAT,
  async fn() {
    const readSpace = openSpaceReader();
    const { total } = (await readSpace("/"))!;
    const df = await new Deno.Command("df", { args: ["-B1", "--output=size", "/"] }).output();
    assertEquals(total, Number(new TextDecoder().decode(df.stdout).split("\n")[1]));
    assertEquals((await readSpace("/", true))?.total, total);
    assertEquals(await readSpace(new URL(import.meta.url).pathname, true), null);
  },
});
