import { assert, assertEquals, assertRejects } from "@std/assert";
import { CAT, WaitingCat } from "../../lib/sampler/cat.ts";
import { PYTHON, worksInPython } from "../sealed/python.ts";

const isGranted = (permission: Deno.PermissionDescriptor) =>
  Deno.permissions.querySync(permission).state === "granted";
const HAS_PROC = Deno.build.os === "linux";
const MAY_CAT = isGranted({ name: "run", command: CAT });

const UPTIME = "/proc/uptime";
const LAST = "/proc/self/comm";
const LAST_LINE = "cat\n";
/** More than one `cat` makes. */
const READINGS = 55;

/** Makes the pipe that a process writes to larger, and ends when more than a round has come into it. */
const WIDEN = `
import array, fcntl, signal, sys, termios
SET_SIZE = 1031
signal.alarm(60)
pipe = open(f"/proc/{sys.argv[1]}/fd/1", "wb")
fcntl.fcntl(pipe, SET_SIZE, ${2 ** 18})
held = array.array("i", [0])
while held[0] < ${2 ** 17}:
    fcntl.ioctl(pipe, termios.FIONREAD, held)
`;

/** What a test needs besides `cat`. */
interface Need {
  readonly words: string;
  readonly isMet: boolean;
}
const NO_MORE: Need = { words: "", isMet: true };
const WRITING: Need = { words: ", --allow-write", isMet: isGranted({ name: "write" }) };
const WIDENING: Need = {
  words: ", -sys and python3",
  isMet: HAS_PROC && worksInPython("import array, fcntl, signal, termios"),
};

/** Runs with one `cat`, which is ended afterwards. */
async function withCat(
  paths: readonly string[],
  lastLine: string,
  act: (cat: WaitingCat) => Promise<void>,
): Promise<void> {
  const cat = new WaitingCat([paths], lastLine);
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
function test(name: string, need: Need, fn: () => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-run=${CAT}${need.words})`,
    ignore: !HAS_PROC || !MAY_CAT || !need.isMet,
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}

test("WaitingCat.read() reads when it is asked and never before", NO_MORE, async () => {
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

test("WaitingCat.read() goes on when one cat has done its rounds", NO_MORE, async () => {
  await withCat([LAST, LAST], LAST_LINE, async (cat) => {
    for (let reading = 0; reading < READINGS; reading++) {
      assertEquals(await cat.read(), LAST_LINE + LAST_LINE);
    }
  });
});

test("WaitingCat.read() lets lists of files take turns, over several cats", NO_MORE, async () => {
  const cat = new WaitingCat([[LAST, LAST, LAST], [LAST], [LAST, LAST]], LAST_LINE);
  try {
    for (let reading = 0; reading < READINGS; reading++) {
      const turn = [3, 1, 2][cat.nextTurn]!;
      assertEquals(turn, [3, 1, 2][reading % 3]);
      assertEquals(await cat.read(), LAST_LINE.repeat(turn));
    }
  } finally {
    cat.end();
  }
});

test("WaitingCat.read() takes texts of any length that look like filler", WRITING, async () => {
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

test(
  "WaitingCat.read() throws when a larger pipe let it go on before it was asked",
  WIDENING,
  async () => {
    await withCat(["/proc/self/stat", LAST], LAST_LINE, async (cat) => {
      const pid = parseInt(await cat.read());
      const { success } = await new Deno.Command(PYTHON, { args: ["-c", WIDEN, `${pid}`] })
        .output();
      assert(success);
      await assertRejects(() => cat.read(), Error, "did not wait");
    });
  },
);

test("WaitingCat.read() throws when no filler comes", NO_MORE, async () => {
  await withCat([LAST], "another line\n", async (cat) => {
    await assertRejects(() => cat.read(), Error, "has ended");
  });
});
