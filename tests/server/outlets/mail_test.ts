/** E-mail against a mail server of Debian's, with the permissions that the server has. */
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import type { Notice } from "../../../lib/server/alerts/notice.ts";
import { deliveryErrorOf } from "../../../lib/server/outlets/destination.ts";
import { readDestination } from "../../../lib/server/outlets/read.ts";
import { inFolder } from "../../files.ts";
import { MAY_RUN, Running } from "../../processes.ts";
import { PYTHON, worksInPython } from "../../sealed/python.ts";
import { fakeSurroundings, NEVER, notice, noticeHost } from "./fakes.ts";

const HERE = new URL(".", import.meta.url).pathname;
const PASSWORD = "pa55word-of-pulso";
const MAY_ALL = MAY_RUN && Deno.permissions.querySync({ name: "write" }).state === "granted" &&
  worksInPython("import aiosmtpd, shutil, sys; sys.exit(shutil.which('openssl') is None)");

/** What the mail server took. */
interface Taken {
  readonly tls: boolean;
  readonly user: string | null;
  readonly to: readonly string[];
  readonly message: string;
}

/** A mail server, and what tells it something. */
async function withMailServer(
  mode: "starttls" | "tls" | "plain",
  act: (
    tell: (fields: object, notices?: readonly Notice[], env?: object) => Promise<unknown>,
    taken: () => Promise<Taken>,
  ) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    await makeCertificates(folder);
    const password = `${folder}/password`;
    await Deno.writeTextFile(password, `${PASSWORD}\n`, { mode: 0o600 });
    const args = [mode, `${folder}/leaf.pem`, `${folder}/leaf.key`];
    await using server = new Running([PYTHON, `${HERE}smtp_server.py`], args);
    const { port } = JSON.parse(await server.stdout.find((line) => line.includes("port"), "port"));
    let seen = 1;
    const scheme = mode === "tls" ? "smtps" : "smtp";
    const base = { smtp: `${scheme}://localhost:${port}`, from: "Pulso <pulso@example.org>" };
    await act(
      async (fields, notices = [notice()], env = { DENO_CERT: `${folder}/ca.pem` }) => {
        const permissions = ["--allow-net", `--allow-read=${folder}`];
        const launcher = [Deno.execPath(), "run", "--no-prompt", "--quiet", ...permissions];
        const all = { ...base, to: "ops@example.org", ...fields };
        const given = JSON.stringify(all).replaceAll("FOLDER", folder);
        await using teller = new Running(
          [...launcher, `${HERE}teller.ts`],
          [given, JSON.stringify(notices)],
          { ...env } as Record<string, string>,
        );
        assertEquals(await teller.exitCode(), 0, teller.stderr.text);
        assert(!(teller.stdout.text + teller.stderr.text).includes(PASSWORD));
        return JSON.parse(teller.stdout.text).error;
      },
      async () => {
        const fits = (_: string) => server.stdout.all.length > seen;
        await server.stdout.find(fits, "a message");
        return JSON.parse(server.stdout.all[seen++]!);
      },
    );
  });
}

/** An authority, and a certificate of its own for this machine. */
async function makeCertificates(folder: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/names`, "subjectAltName=DNS:localhost\n");
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const commands = [
    `req -x509 ${key.join(" ")} -keyout ca.key -out ca.pem -days 2 -subj /CN=Authority`,
    `req ${key.join(" ")} -keyout leaf.key -out leaf.csr -subj /CN=localhost`,
    "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -days 2 -out leaf.pem -extfile names",
  ];
  for (const command of commands) {
    const options = { args: command.split(" "), cwd: folder, stderr: "null" } as const;
    assert((await new Deno.Command("openssl", options).output()).success);
  }
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs --allow-all, openssl and aiosmtpd)`, ignore: !MAY_ALL, fn });
}

const AUTH = { user: "pulso", "password-file": "FOLDER/password" };

test("mail goes over STARTTLS with AUTH, as plain text into which nothing breaks", async () => {
  const hosts = [
    noticeHost("web-01\r\nBcc: evil@example.org"),
    noticeHost(".\r\n.\r\nMAIL FROM:<evil@example.org>"),
  ];
  const text = "busy 駅\r\nBcc: evil@example.org\r\n\r\n<b>";
  await withMailServer("starttls", async (tell, taken) => {
    const to = ["ops@example.org", "Night Watch <night@example.org>"];
    assertEquals(await tell({ ...AUTH, to }, [notice({ text, hosts }), notice()]), null);
    const { tls, user, to: heard, message } = await taken();
    assertEquals([tls, user, heard], [true, "pulso", ["ops@example.org", "night@example.org"]]);
    const [head = "", ...body] = message.split("\r\n\r\n");
    const headers = head.replaceAll(/\r\n[ \t]+/g, " ").split("\r\n");
    const names = headers.map((line) => line.split(":")[0]);
    assertEquals(names.filter((name) => name === "Bcc"), []);
    assertEquals(new Set(names).size, names.length);
    const valueOf = (name: string) => headers.find((line) => line.startsWith(`${name}: `));
    assertEquals(valueOf("From"), "From: Pulso <pulso@example.org>");
    assertEquals(valueOf("To"), "To: ops@example.org, Night Watch <night@example.org>");
    assertEquals(valueOf("Content-Type"), "Content-Type: text/plain; charset=utf-8");
    assertEquals(valueOf("Auto-Submitted"), "Auto-Submitted: auto-generated");
    assertMatch(valueOf("Message-ID")!, /^Message-ID: <pulso-[0-9a-z-]+@example\.org>$/);
    assertMatch(valueOf("Subject")!, /^Subject: (=\?UTF-8\?[BQ]\?[^? ]+\?= ?)+$/);
    assertEquals(body.length, 1);
  });
});

test("mail goes over TLS from the start, or without any where that is said", async () => {
  await withMailServer("tls", async (tell, taken) => {
    assertEquals(await tell(AUTH), null);
    const { user } = await taken();
    assertEquals(user, "pulso");
  });
  await withMailServer("plain", async (tell, taken) => {
    const refused = /^SMTP \d+|^no TLS connection$/;
    assertMatch(String(await tell({})), refused);
    assertEquals(await tell({ starttls: "off" }), null);
    const { tls, message } = await taken();
    assertEquals(tls, false);
    assertMatch(message, /\r\n\r\n\[warning\] busy: web-01\r\n/);
  });
});

test("mail says of a certificate that is an authority's own that it is not trusted", async () => {
  await inFolder(async (folder) => {
    await makeCertificates(folder);
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
    const [cert, key] = [await read("ca.pem"), await read("ca.key")];
    using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
    const serving = listener.accept().then(async (connection) => {
      using _ = connection;
      await assertRejects(() => connection.handshake());
    });
    const smtp = `smtps://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
    const fields = { smtp, from: "p@example.org", to: "ops@example.org" };
    const mail = readDestination("mail", fields, fakeSurroundings().surroundings);
    const error = await mail.send([notice()], NEVER).catch((error) => deliveryErrorOf(error));
    assertEquals(error?.message, "its TLS certificate is not valid or not trusted");
    await serving;
  });
});

test("mail that cannot be sent says why, without a secret", async () => {
  await withMailServer("starttls", async (tell) => {
    assertEquals(
      await tell(AUTH, [notice()], {}),
      "its TLS certificate is not valid or not trusted",
    );
    assertMatch(String(await tell({})), /^SMTP 530: .*Authentication required/i);
    const wrong = { ...AUTH, user: "somebody" };
    assertMatch(String(await tell(wrong)), /^SMTP 535: .*credentials invalid/i);
    const to = (address: string) => ({ ...AUTH, to: ["ops@example.org", address] });
    assertEquals(await tell(to("550@example.org")), "refused for 1 of 2 recipients");
    const only = { ...AUTH, to: "451@example.org" };
    assertEquals(await tell(only), "SMTP 451: no mailbox 451@example.org");
    assertEquals(await tell({ ...AUTH, smtp: "smtp://localhost:1" }), "connection refused");
    assertEquals(
      await tell({ ...AUTH, smtp: "smtp://nobody.invalid" }),
      "its name cannot be resolved",
    );
    const absent = { ...AUTH, "password-file": "FOLDER/none" };
    assertMatch(String(await tell(absent)), /^Cannot use the file .*\/none: no such file$/);
  });
});

Deno.test("readDestination() refuses mail that cannot work, in one line without a secret", async (t) => {
  const good = { smtp: "smtp://mail.example", from: "pulso@example.org", to: "ops@example.org" };
  const cases: [object, RegExp][] = [
    [{ ...good, smtp: "mail.example:587" }, /smtp must be such as smtp:\/\/mail.example:587/],
    [{ ...good, smtp: "smtp://mail.example/x" }, /smtp must be such as/],
    [{ ...good, smtp: "smtp://a:s3cr3t@mail.example" }, /smtp must not hold a user or a password/],
    [{ ...good, from: undefined }, /it needs from and to$/],
    [{ ...good, to: [] }, /it needs from and to$/],
    [{ ...good, to: "ops" }, /"ops" must be an address, such as ops@example.org$/],
    [{ ...good, to: "a@example.org, b@example.org" }, /must be an address/],
    [{ ...good, to: "A <a@example.org" }, /must be an address/],
    [{ ...good, to: "a@example.org>" }, /must be an address/],
    [{ ...good, from: "a@example.org\r\nBcc: b@example.org" }, /must not hold control/],
    [{ ...good, user: "a" }, /user needs password-file/],
    [{ ...good, password: "s3cr3t" }, /password must not stand in this file/],
    [{ ...good, starttls: "of" }, /starttls must be one of required, off$/],
    [{ ...good, starttls: "off", user: "a", "password-env": "P" }, /a password needs TLS/],
    [{ ...good, smtp: "smtps://mail.example", starttls: "off" }, /there is no field "starttls"/],
  ];
  const { surroundings } = fakeSurroundings();
  for (const [fields, words] of cases) {
    await t.step(JSON.stringify(fields), () => {
      const read = () => readDestination("mail", fields, surroundings);
      const { message } = assertThrows(read, RangeError);
      assertMatch(message, words);
      assert(!/s3cr3t|\n/.test(message));
    });
  }
  await t.step("what it is shown as", () => {
    const where = (fields: object) =>
      readDestination("mail", { ...good, ...fields }, surroundings).where;
    assertEquals(where({}), "smtp mail.example:587");
    assertEquals(where({ smtp: "smtps://[2001:db8::1]" }), "smtp 2001:db8::1:465");
  });
});
