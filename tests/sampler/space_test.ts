import { assertEquals } from "@std/assert";
import { openSpaceReader, spaceOf } from "../../lib/sampler/space.ts";

Deno.test("spaceOf() reckons as df does", async (t) => {
  const cases: [string, Parameters<typeof spaceOf>[0], ReturnType<typeof spaceOf>][] = [
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
  ];
  for (const [name, stats, expected] of cases) {
    await t.step(name, () => assertEquals(spaceOf(stats), expected));
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
