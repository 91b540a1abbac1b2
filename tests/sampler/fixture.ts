/**
 * Samplers over the /proc trees in `tests/fixtures/proc`, with a clock and disk space of their own.
 * A tree called `first` has a `second` beside it, as it was five seconds later.
 */
import { METRIC_GROUPS } from "../../lib/message/message.ts";
import { Timeout } from "../../lib/common/timeout.ts";
import { type FileReader, openFileReaders } from "../../lib/sampler/files.ts";
import { ProcfsSampler } from "../../lib/sampler/procfs.ts";
import type { Sample } from "../../lib/sampler/sample.ts";
import type { SpaceReader } from "../../lib/sampler/space.ts";

export const FIXTURES = new URL("../fixtures/proc/", import.meta.url).pathname;

/** Whether the trees may be read here. */
export const MAY_READ_FIXTURES =
  Deno.permissions.querySync({ name: "read", path: FIXTURES }).state === "granted";

/** Time between two readings of a fixture. */
export const ELAPSED_MS = 5_000;

/** The space that every volume of a fixture has. */
export const SPACE = { total: 1_000, used: 600, free: 300 };

/** Primes on a tree and samples the second one, or the same one again. */
export async function sampleFixture(
  name: string,
  readSpace: SpaceReader = () => Promise.resolve(SPACE),
): Promise<Sample> {
  let readings = 0;
  const { readFiles: read, readOnce } = openFileReaders(`${FIXTURES}${name}/stat`, () => 0);
  const readFiles: FileReader = async (paths) => {
    const isSecond = readings++ > 0;
    const moved = (path: string) => isSecond ? path.replace("/first/", "/second/") : path;
    const texts = await read(paths.map(moved));
    return new Map(
      paths.filter((path) => texts.has(moved(path))).map((path) => [path, texts.get(moved(path))!]),
    );
  };
  const sampler = new ProcfsSampler({ groups: METRIC_GROUPS, root: FIXTURES + name }, {
    readFiles,
    readOnce,
    readSpace,
    timeout: new Timeout(1_000),
    nowMs: () => readings * ELAPSED_MS,
  });
  await sampler.prime();
  return await sampler.sample();
}
