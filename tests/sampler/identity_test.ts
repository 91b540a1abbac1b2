import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { IDENTIFIER } from "../../lib/message/message.ts";
import {
  hostIdentity,
  idFrom,
  nameFollower,
  newSession,
  textsFrom,
} from "../../lib/sampler/identity.ts";

const MACHINE_ID = "0123456789abcdef0123456789abcdef";

Deno.test("idFrom() is short, stable and not the machine id", () => {
  assertEquals(idFrom(MACHINE_ID), idFrom(MACHINE_ID));
  assertMatch(idFrom(MACHINE_ID), /^[A-Za-z0-9_-]{22}$/);
  assertNotEquals(idFrom(MACHINE_ID), idFrom(MACHINE_ID.replace("0", "1")));
});

Deno.test("newSession() is the start time and random bytes in 22 characters", () => {
  const random = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  const session = newSession(0x0102_0304_0506, random);
  assertEquals(
    Uint8Array.fromBase64(session, { alphabet: "base64url" }),
    Uint8Array.of(1, 2, 3, 4, 5, 6, ...random),
  );
  fc.assert(
    fc.property(fc.nat(4_102_444_800_000), (nowMs) => {
      const session = newSession(nowMs);
      assert(session.length === 22 && IDENTIFIER.test(session));
      assertNotEquals(session, newSession(nowMs + 1, random));
    }),
    { numRuns: 200 },
  );
});

Deno.test("hostIdentity() takes what was chosen", async () => {
  assertEquals(await hostIdentity("/proc", { id: "rack-7", name: "web" }), {
    id: "rack-7",
    host: "web",
    isIdFromName: false,
  });
});

const MAY_NAME = Deno.permissions.querySync({ name: "sys", kind: "hostname" }).state === "granted";
const MAY_WRITE = Deno.permissions.querySync({ name: "write" }).state === "granted" &&
  Deno.permissions.querySync({ name: "read" }).state === "granted";

Deno.test({
  name: "hostIdentity() says what is missing without a name (needs to be run without permissions)",
  ignore: MAY_NAME,
  async fn() {
    await assertRejects(() => hostIdentity("/proc"), Deno.errors.NotCapable, "--name");
  },
});

Deno.test({
  name: "hostIdentity() is this host's (needs --allow-sys=hostname)",
  ignore: !MAY_NAME,
  async fn() {
    const { id, host } = await hostIdentity("/proc");
    assertEquals(host, Deno.hostname());
    assertMatch(id, /^[A-Za-z0-9_-]{22}$/);
  },
});

Deno.test({
  name: "hostIdentity() is that of the host around a container (needs --allow-read, --allow-write)",
  ignore: !MAY_WRITE,
  async fn(t) {
    const root = await Deno.makeTempDir();
    const etc = `${root}/1/root/etc`;
    await Deno.mkdir(etc, { recursive: true });
    const idOf = async (text: string) => {
      await Deno.writeTextFile(`${etc}/machine-id`, text);
      const { id, isIdFromName } = await hostIdentity(root);
      return isIdFromName ? null : id;
    };
    try {
      await Deno.writeTextFile(`${etc}/hostname`, "outer\u202e\n");
      await t.step("without a machine id it goes by the name", async () => {
        const host = "outer\\u202e";
        assertEquals(await hostIdentity(root), { id: idFrom(host), host, isIdFromName: true });
      });
      const noIds = {
        "not made yet": "uninitialized\n",
        "of zeros": `${"0".repeat(32)}\n`,
        "of zeros with dashes": "00000000-0000-0000-0000-000000000000\n",
        "of ones": `${"F".repeat(32)}\n`,
        "cut off": `${MACHINE_ID.slice(1)}\n`,
        "empty": "",
      };
      for (const [name, text] of Object.entries(noIds)) {
        await t.step(
          `with one that is ${name} too`,
          async () => assertEquals(await idOf(text), null),
        );
      }
      const ids = {
        "as it should be": MACHINE_ID,
        "in capitals": MACHINE_ID.toUpperCase(),
        "with dashes": MACHINE_ID.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
        "with an empty line before it": `\n${MACHINE_ID}\r\n`,
      };
      for (const [name, text] of Object.entries(ids)) {
        await t.step(`with a machine id ${name} it goes by that`, async () => {
          assertEquals(await idOf(text), idFrom(MACHINE_ID));
        });
      }
      const names = {
        "a comment before it": "# made by hand\nweb-01\n",
        "empty lines before it": "\n  \n\tweb-01  \n",
        "a mark of byte order": "\ufeffweb-01\r\n",
        "a line after it": "web-01\nweb-02\n",
        "no end of line": "web-01",
      };
      for (const [name, text] of Object.entries(names)) {
        await t.step(`a host name with ${name}`, async () => {
          await Deno.writeTextFile(`${etc}/hostname`, text);
          assertEquals((await hostIdentity(root)).host, "web-01");
        });
      }
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});

Deno.test({
  name:
    "nameFollower() follows the host, and keeps what is known (needs --allow-read, --allow-write)",
  ignore: !MAY_WRITE,
  async fn() {
    const root = await Deno.makeTempDir();
    const path = `${root}/1/root/etc/hostname`;
    await Deno.mkdir(`${root}/1/root/etc`, { recursive: true });
    try {
      await Deno.writeTextFile(path, "second\n");
      assertEquals(nameFollower(root, {})("first"), "second");
      assertEquals(nameFollower(root, { name: "chosen" })("first"), "chosen");
      await Deno.writeTextFile(path, "thi\x1brd\n");
      assertEquals(nameFollower(root, {})("first"), "thi\\x1brd");
      await Deno.remove(path);
      await Deno.mkdir(path);
      assertEquals(nameFollower(root, {})("first"), "first");
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});

Deno.test("textsFrom() takes what a system is called, and leaves out what it does not say", () => {
  const os = 'NAME="Debian GNU/Linux"\nPRETTY_NAME="Debian \\"GNU\\"/Linux 12 (bookworm)"\n';
  const cpu = "processor\t: 0\nmodel\t\t: 49\nmodel name\t: AMD EPYC 7302 16-Core Processor\n";
  assertEquals(textsFrom(os, "6.1.0-28-amd64\n", cpu), {
    os: 'Debian "GNU"/Linux 12 (bookworm)',
    kernel: "6.1.0-28-amd64",
    cpu: "AMD EPYC 7302 16-Core Processor",
  });
  const board = "processor\t: 0\nBogoMIPS\t: 108.00\n\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n";
  assertEquals(textsFrom("PRETTY_NAME=Alpine\n", "", board), {
    ...{ os: "Alpine", cpu: "Raspberry Pi 4 Model B Rev 1.4" },
  });
  assertEquals(textsFrom("", " ", "processor : 0\n"), {});
});
