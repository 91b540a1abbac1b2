import { assertEquals } from "@std/assert";
import { Patience } from "../../lib/patience.ts";
import { FailureNotes } from "../../lib/sampler/sample.ts";
import type { SpaceReader } from "../../lib/sampler/space.ts";
import { VolumeReader } from "../../lib/sampler/volume_reader.ts";
import { SPACE } from "./fixture.ts";

const UNKNOWN = { total: null, used: null, free: null };
const volume = (mountPoint: string, more = {}) => ({
  mountPoint,
  device: "8:1",
  isPart: false,
  isFuse: false,
  ...more,
});

async function read(volumes: ReturnType<typeof volume>[], readSpace: SpaceReader) {
  const notes = new FailureNotes();
  const reader = new VolumeReader(readSpace, new Patience(1_000), "/host");
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
  assertEquals(volumes, [{ mount: "/", ...SPACE }, { mount: "/a", ...SPACE }]);
  assertEquals(failures, {});
});

Deno.test("VolumeReader leaves out a part that is a file", async () => {
  const readSpace: SpaceReader = (_, mayBeFile) => Promise.resolve(mayBeFile ? null : SPACE);
  const { volumes } = await read([volume("/"), volume("/file", { isPart: true })], readSpace);
  assertEquals(volumes, [{ mount: "/", ...SPACE }]);
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
      "FUSE, of whose blocks Deno knows no size",
      volume("/storagebox", { isFuse: true }),
      "Cannot believe it: FUSE may count in other blocks than it tells",
    ],
  ];
  for (const [name, unknown, reason] of cases) {
    await t.step(name, async () => {
      const mount = unknown.mountPoint;
      assertEquals(await read([volume("/"), unknown], readSpace), {
        volumes: [{ mount: "/", ...SPACE }, { mount, ...UNKNOWN }],
        failures: { [`volume ${mount}`]: reason },
      });
    });
  }
});
