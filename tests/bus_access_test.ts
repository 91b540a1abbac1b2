/** The least that NATS must let each side do, as OPERATIONS.md has it, is enough; and what is refused is told. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { encodeMessage } from "../lib/message/encode.ts";
import { AskedServer } from "./asked_server.ts";
import { inFolder } from "./files.ts";
import { sampleOf } from "./messages.ts";
import { credsAuthenticator, nkeyAuthenticator, nkeys } from "@nats-io/transport-node";
import { accessOf } from "../lib/server/bus/access.ts";
import { HAS_NATS, NatsServer, NEEDS_NATS, startGuarded, startOperated } from "./nats.ts";
import { freePort } from "./ports.ts";
import { isInstalled } from "./processes.ts";

async function sendOne(site: AskedServer): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const sample = sampleOf({ cores: 1, volumes: 1, interfaces: 1 });
  await socket.send(
    encodeMessage({ ...sample, id: "a", host: "a", session: "s", seq: 1 }),
    site.to,
  );
  socket.close();
  await site.waitFor(1);
}

const GUARDED = {
  "a name and a password": startGuarded,
  "a .creds file of an operator": startOperated,
};

for (const [kind, startNats] of Object.entries(GUARDED)) {
  Deno.test({
    name: `the permissions in OPERATIONS.md are enough, and what is refused is told: ` +
      `${kind} (${NEEDS_NATS})`,
    ignore: !HAS_NATS,
    fn: () =>
      inFolder(async (folder) => {
        const { nats, berlin, view: access } = await startNats(folder);
        await using _nats = nats;
        const read = [`--allow-read=${folder}`];
        const start = (name: string) =>
          AskedServer.start(["--bus", nats.url, "--site", name, ...berlin], read);
        await using site = await start("berlin");
        await sendOne(site);
        await using view = await AskedServer.startView(["--follow", nats.url, ...access], read);
        await view.waitUntil(async () => (await view.totals()).accepted === 1);
        for (const { running } of [site, view]) {
          assert(!running.stderr.text.includes("WARN"), running.stderr.text);
        }
        assertMatch(site.running.stderr.text, /The stream PULSO of the bus keeps 1h or 4 GiB/);
        await using stranger = await start("paris");
        await sendOne(stranger);
        await stranger.running.stderr.find(
          (line) => line.includes("The bus says: Permissions Violation"),
          "the refusal",
        );
        const { bus } = await stranger.get("/api/fleet");
        assertEquals(bus.site.published, 0);
      }),
  });
}

/** Seconds for a handshake: on a busy machine the usual two are few. */
const PATIENT = "timeout: 60";

/** An authority, and what it vouches for: a bus and a server at the address of loopback. */
async function makeCertificates(folder: string): Promise<void> {
  const make = async (name: string, ...args: string[]) => {
    const { success, stderr } = await new Deno.Command("openssl", {
      args: [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        ...["-keyout", `${folder}/${name}.key`, "-out", `${folder}/${name}.pem`, "-days", "2"],
        ...["-subj", `/CN=${name}`, ...args],
      ],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  };
  await make("ca");
  for (const name of ["bus", "server"]) {
    await make(
      ...[name, "-CA", `${folder}/ca.pem`, "-CAkey", `${folder}/ca.key`] as const,
      ...["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"],
    );
  }
}

Deno.test({
  name: `a bus is reached at tls:// and wss://, by an NKey (${NEEDS_NATS}, and openssl)`,
  ignore: !(HAS_NATS && isInstalled("openssl")),
  fn: () =>
    inFolder(async (folder) => {
      await makeCertificates(folder);
      const [port, webPort, key] = [freePort(), freePort(), nkeys.createUser()];
      const tls =
        `tls { cert_file: "${folder}/bus.pem", key_file: "${folder}/bus.key", ${PATIENT} }`;
      await using _nats = await NatsServer.start(folder, {
        port,
        more: [
          tls,
          `websocket { listen: "127.0.0.1:${webPort}", ${tls} }`,
          `authorization { users = [{ nkey: ${key.getPublicKey()} }] }`,
        ].join("\n"),
      });
      await Deno.writeFile(`${folder}/seed`, key.getSeed(), { mode: 0o600 });
      const access = ["--bus-credentials-file", `${folder}/seed`];
      const trust = ["--bus-ca-file", `${folder}/ca.pem`];
      const read = [`--allow-read=${folder}`];
      const [raw, web] = [`tls://127.0.0.1:${port}`, `wss://127.0.0.1:${webPort}`];
      // What trusts nobody reaches nothing, and says why.
      await using stranger = await AskedServer.startView(["--follow", raw, ...access], read);
      await using other = await AskedServer.startView(["--follow", web, ...access], read);
      await using site = await AskedServer.start(
        ["--bus", raw, "--site", "a", ...trust, ...access],
        read,
      );
      await sendOne(site);
      const views = [
        await AskedServer.startView(["--follow", raw, ...trust, ...access], read),
        // A web socket trusts whom the runtime does.
        await AskedServer.startView(["--follow", web, ...access], read, {
          DENO_CERT: `${folder}/ca.pem`,
        }),
      ];
      for (const view of views) {
        await using _view = view;
        await view.waitUntil(async () => (await view.totals()).accepted === 1);
      }
      for (const { running } of [stranger, other]) {
        await running.stderr.find(
          (line) => /Cannot reach the bus at .*certificate/.test(line),
          "why",
        );
      }
    }),
});

Deno.test({
  name: `a certificate that cannot be used is refused (${NEEDS_NATS}, and openssl)`,
  ignore: !(HAS_NATS && isInstalled("openssl")),
  fn: () =>
    inFolder(async (folder) => {
      await makeCertificates(folder);
      const [certificate, key] = await Promise.all(
        ["pem", "key"].map((kind) => Deno.readTextFile(`${folder}/server.${kind}`)),
      );
      const { stdout } = await new Deno.Command("openssl", {
        args: ["pkey", "-in", `${folder}/server.key`, "-aes128", "-passout", "pass:secret"],
      }).output();
      const encrypted = new TextDecoder().decode(stdout);
      const path = `${folder}/own`;
      const attempt = async (url: string, ...parts: string[]) => {
        await Deno.writeTextFile(path, parts.join(""), { mode: 0o600 });
        const settings = { "bus-credentials-file": path, "bus-ca-file": null };
        return await accessOf({ ...settings, servers: [new URL(url)] }, {
          ...{ credsAuthenticator, nkeyAuthenticator },
        });
      };
      const [tls, plain] = ["tls://bus.example", "nats://bus.example"] as const;
      const together = "a certificate and its key belong together";
      for (
        const [url, parts, why] of [
          [plain, [certificate!, key!], "a certificate is of use at tls:// alone"],
          ["wss://bus.example", [certificate!, key!], "a certificate is of use at tls:// alone"],
          [tls, [certificate!], together],
          [tls, [key!], together],
          [tls, [certificate!, encrypted], "its key must have no passphrase"],
          [
            tls,
            ["Bag Attributes\n    friendlyName: a\n", certificate!, key!],
            "beside a certificate",
          ],
        ] as const
      ) {
        const message = `Cannot use the credentials file ${path}: ${why}`;
        await assertRejects(() => attempt(url, ...parts), RangeError, message);
      }
      const { tls: own, user, pass } = await attempt(tls, "berlin:secret\n", key!, certificate!);
      assertEquals([own, user, pass], [{ cert: certificate, key }, "berlin", "secret"]);
      const curve =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
      const { tls: onCurve, token } = await attempt(tls, certificate!, curve, key!);
      assertEquals([onCurve, token], [{ cert: certificate, key }, undefined]);
    }),
});

Deno.test({
  name: `a bus that asks for a certificate gets ours (${NEEDS_NATS}, and openssl)`,
  ignore: !(HAS_NATS && isInstalled("openssl")),
  fn: () =>
    inFolder(async (folder) => {
      await makeCertificates(folder);
      const [port, key] = [freePort(), nkeys.createUser()];
      const files = `cert_file: "${folder}/bus.pem", key_file: "${folder}/bus.key"`;
      await using _nats = await NatsServer.start(folder, {
        port,
        more: [
          `tls { ${files}, ca_file: "${folder}/ca.pem", verify: true, ${PATIENT} }`,
          `authorization { users = [{ nkey: ${key.getPublicKey()} }] }`,
        ].join("\n"),
      });
      const [certificate, own] = await Promise.all(
        ["pem", "key"].map((kind) => Deno.readTextFile(`${folder}/server.${kind}`)),
      );
      const seed = new TextDecoder().decode(key.getSeed());
      const write = async (name: string, ...parts: string[]) => {
        await Deno.writeTextFile(`${folder}/${name}`, parts.join(""), { mode: 0o600 });
        return ["--bus-credentials-file", `${folder}/${name}`];
      };
      const both = await write("both", certificate!, own!, seed);
      const trust = ["--bus-ca-file", `${folder}/ca.pem`];
      const read = [`--allow-read=${folder}`];
      const url = `tls://127.0.0.1:${port}`;
      const strangers = [
        // In TLS 1.3 the bus says so after the handshake, and closes.
        [await write("seed", seed), "Cannot reach the bus at"],
        [await write("certificate", certificate!, own!), "Authorization"],
      ] as const;
      for (const [access, words] of strangers) {
        const args = ["--follow", url, ...trust, ...access];
        await using stranger = await AskedServer.startView(args, read);
        await stranger.running.stderr.find((line) => line.includes(words), "why");
      }
      const args = ["--bus", url, "--site", "a", ...trust, ...both];
      await using site = await AskedServer.start(args, read);
      await sendOne(site);
      await using view = await AskedServer.startView(["--follow", url, ...trust, ...both], read);
      await view.waitUntil(async () => (await view.totals()).accepted === 1);
    }),
});
