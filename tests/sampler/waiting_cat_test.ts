import { assert, assertEquals, assertRejects } from "@std/assert";
import { CAT, WaitingCat } from "../../lib/sampler/waiting_cat.ts";

const isGranted = (permission: Deno.PermissionDescriptor) =>
  Deno.permissions.querySync(permission).state === "granted";
const HAS_PROC = Deno.build.os === "linux";
const MAY_CAT = isGranted({ name: "run", command: CAT });
const MAY_WRITE = isGranted({ name: "write" });

const UPTIME = "/proc/uptime";
const LAST = "/proc/self/comm";
const LAST_LINE = "cat\n";
/** More than one `cat` makes. */
const READINGS = 55;

/** Runs with one `cat`, which is ended afterwards. */
async function withCat(
  paths: readonly string[],
  lastLine: string,
  act: (cat: WaitingCat) => Promise<void>,
): Promise<void> {
  const cat = new WaitingCat(paths, lastLine);
  try {
    await act(cat);
  } finally {
    cat.end();
  }
}

function uptimeNow(): number {
  const { stdout } = new Deno.Command(CAT, { args: [UPTIME] }).outputSync();
  return parseFloat(new TextDecoder().decode(stdout));
}

/** A test that starts `cat`; children that have been told to end are not waited for. */
function test(name: string, isPossible: boolean, fn: () => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-run=${CAT})`,
    ignore: !HAS_PROC || !MAY_CAT || !isPossible,
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}

test("WaitingCat.read() reads when it is asked and never before", true, async () => {
  await withCat([UPTIME, LAST], LAST_LINE, async (cat) => {
    let last = 0;
    for (let reading = 0; reading < 10; reading++) {
      // The kernel tells hundredths of a second: goes on when several have passed since the last one.
      let asked = uptimeNow();
      while (asked < last + 0.05) asked = uptimeNow();
      const text = await cat.read();
      assert(text.endsWith(LAST_LINE), text);
      last = parseFloat(text);
      assert(last >= asked, `read at ${last}, asked at ${asked}`);
    }
  });
});

test("WaitingCat.read() goes on when one cat has done its rounds", true, async () => {
  await withCat([LAST, LAST], LAST_LINE, async (cat) => {
    for (let reading = 0; reading < READINGS; reading++) {
      assertEquals(await cat.read(), LAST_LINE + LAST_LINE);
    }
  });
});

test("WaitingCat.read() takes texts of any length that look like filler", MAY_WRITE, async () => {
  const path = await Deno.makeTempFile();
  const text = "FILLER=~~~\n=~ü\n".repeat(20_000);
  await Deno.writeTextFile(path, text);
  try {
    await withCat([path, LAST], LAST_LINE, async (cat) => {
      for (let reading = 0; reading < 3; reading++) {
        assert(await cat.read() === text + LAST_LINE);
      }
    });
  } finally {
    await Deno.remove(path);
  }
});

test("WaitingCat.read() throws when no filler comes", true, async () => {
  await withCat([LAST], "another line\n", async (cat) => {
    await assertRejects(() => cat.read(), Error, "has ended");
  });
});
