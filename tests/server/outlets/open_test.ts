/** Secrets of destinations, as files: each must say what is wrong, and none may hang. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Clock } from "../../../lib/common/clock.ts";
import { openSurroundings } from "../../../lib/server/outlets/open.ts";
import { inFolder } from "../../files.ts";
import { MAY_RUN } from "../../processes.ts";

const SECRET = "s3cret-of-the-receiver";

Deno.test({
  name: "a secret's file may be asked for twice at once, and anew (needs --allow-all)",
  ignore: !MAY_RUN,
  fn: () =>
    inFolder(async (folder) => {
      const { secrets } = openSurroundings(new Clock(), null);
      const path = `${folder}/secret`;
      await Deno.writeTextFile(path, SECRET, { mode: 0o600 });
      const both = [secrets.file(path), secrets.file(path)];
      assertEquals(await Promise.all(both), [SECRET, SECRET]);
      await Deno.writeTextFile(path, "another");
      assertEquals(await secrets.file(path), "another");
    }),
});

Deno.test({
  name: "a secret's file that is none is refused in one line (needs --allow-all)",
  ignore: !MAY_RUN,
  fn: (t) =>
    inFolder(async (folder) => {
      const { secrets } = openSurroundings(new Clock(), null);
      const at = (name: string) => `${folder}/${name}`;
      await Deno.mkdir(at("folder"));
      await Deno.symlink(at("loop"), at("loop"));
      await new Deno.Command("mkfifo", { args: ["-m", "600", at("pipe")] }).output();
      await Deno.writeTextFile(at("open"), SECRET, { mode: 0o644 });
      await Deno.writeTextFile(at("long"), "", { mode: 0o600 });
      await Deno.truncate(at("long"), 100_000_000);
      const cases: [name: string, state: string][] = [
        ["gone", "no such file"],
        ["folder", "not a regular file"],
        ["pipe", "not a regular file"],
        ["loop", "Too many levels of symbolic links"],
        ["open", "others may read or write it; chmod 600 it"],
        ["long", "it is longer than 16384 bytes"],
      ];
      for (const [name, state] of cases) {
        await t.step(name, async () => {
          const { message } = await assertRejects(() => secrets.file(at(name)), RangeError);
          assertStringIncludes(message, `Cannot use the file ${at(name)}: ${state}`);
        });
      }
    }),
});
