import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { makeToken, readToken } from "../../../lib/server/web/server.ts";

const MAY_WRITE = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

Deno.test("makeToken() makes another one each time, of 192 bits", () => {
  assertMatch(makeToken(), /^[\w-]{32}$/);
  assertNotEquals(makeToken(), makeToken());
});

Deno.test({
  name: "readToken() reads a token that nobody else can (needs --allow-read, -write)",
  ignore: !MAY_WRITE || Deno.build.os === "windows",
  fn: async (t) => {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/token`;
    const cases: [string, number, string | RegExp][] = [
      ["0123456789abcdef\n", 0o600, "0123456789abcdef"],
      ["  a=b;c%20/d,e\"f\\g'h  \r\n", 0o400, "a=b;c%20/d,e\"f\\g'h"],
      ["0123456789abcdef", 0o644, /others may read or write it; chmod 600/],
      ["0123456789abcdef", 0o640, /others may read or write it; chmod 600/],
      ["0123456789abcdef", 0o622, /others may read or write it; chmod 600/],
      ["0123456789abcde", 0o600, /16 to 512 visible ASCII characters/],
      ["0123456789 abcdef", 0o600, /visible ASCII/],
      ["0123456789\x1babcdef", 0o600, /visible ASCII/],
      ["0123456789äabcdef", 0o600, /visible ASCII/],
      ["", 0o600, /visible ASCII/],
      ["x".repeat(513), 0o600, /visible ASCII/],
      ["x".repeat(100_000), 0o600, /it is longer than 4096 bytes/],
    ];
    for (const [text, mode, expected] of cases) {
      await t.step(`${mode.toString(8)} ${JSON.stringify(text).slice(0, 40)}`, async () => {
        await Deno.writeTextFile(path, text);
        await Deno.chmod(path, mode);
        if (typeof expected === "string") {
          return assertEquals(await readToken(path), expected);
        }
        assertMatch((await assertRejects(() => readToken(path), Error)).message, expected);
      });
    }
    await t.step("no file, and a folder", async () => {
      await assertRejects(() => readToken(`${folder}/none`), Error, "no such file");
      await assertRejects(() => readToken(folder), Error, "Cannot use the token file");
    });
    await Deno.remove(folder, { recursive: true });
  },
});

const READ_STATE = Deno.permissions.querySync({ name: "read" }).state;

Deno.test({
  name: "readToken() names the flag that it lacks (needs no --allow-read)",
  ignore: READ_STATE === "granted",
  fn: async () => {
    await assertRejects(() => readToken("/t"), Error, "it needs the flag --allow-read=/t");
  },
});
