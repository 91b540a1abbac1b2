/** The command doctor of the real programs: with a server that runs, with none, and with what is wrong. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inFolder, makePipe } from "./files.ts";
import { jsonOf, sampleOf } from "./messages.ts";
import { freePort } from "./ports.ts";
import { MAY_RUN, pageOf, programOf, Running } from "./processes.ts";

const MAY_WRITE = Deno.permissions.querySync({ name: "write" }).state === "granted";
const LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
const IS_LINUX = Deno.build.os === "linux";

const AGENT = programOf("agent");
/** With its page. */
const withPage = (permissions?: readonly string[]) => programOf("server", permissions).slice(0, -2);
const READS_ALL = withPage([
  "--allow-net",
  "--allow-read",
  "--allow-env=PULSO_*,TERM,LANG,LC_ALL,LC_CTYPE",
]);

function test(name: string, fn: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-run, -net, -read, -write, -env)`,
    ignore: !MAY_RUN || !MAY_WRITE,
    fn: () => inFolder(fn),
  });
}

interface Diagnosis {
  readonly code: number;
  readonly lines: readonly string[];
  /** The lines on a subject. */
  readonly on: (subject: string) => string;
}

async function examine(
  launcher: readonly string[],
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Diagnosis> {
  await using doctor = new Running(launcher, ["doctor", ...args], env);
  const code = await doctor.exitCode();
  assertEquals(doctor.stderr.all, []);
  const lines = doctor.stdout.all;
  const on = (subject: string) =>
    lines.filter((line) => line.slice(6).startsWith(`${subject} `)).join("\n");
  return { code, lines, on };
}

/** Ports that were free a moment ago. */
function freePorts(): { udp: string; tcp: string } {
  return { udp: `127.0.0.1:${freePort()}`, tcp: `127.0.0.1:${freePort()}` };
}

async function startServer(
  launcher: readonly string[],
  args: readonly string[],
): Promise<{ server: Running; udp: string; tcp: string }> {
  const { udp, tcp } = freePorts();
  const server = new Running(launcher, [
    ...["--listen", udp, "--web", tcp, "--view", "json"],
    ...args,
  ]);
  await pageOf(server);
  return { server, udp, tcp };
}

async function writeSecret(path: string, text: string): Promise<string> {
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  return path;
}

test("doctor of a server that does not run says what it would do", async () => {
  const { udp, tcp } = freePorts();
  const { code, lines, on } = await examine(withPage(), ["--listen", udp], { PULSO_WEB: tcp });
  assertEquals(code, 0, lines.join("\n"));
  assertMatch(lines[0]!, /^pulso-server \d+\.\d+\.\d+ on \w+ \w+$/);
  assertMatch(on("udp"), /^ok .* free: would listen on 127\.0\.0\.1:/);
  assertMatch(on("buffer"), /^(ok|warn) .* holds (at least )?[\d,]+ datagrams/);
  assertMatch(on("page"), /^ok .* free: would be served at http:\/\/127\.0\.0\.1:/);
  assertMatch(on("clock"), /^ok /);
  assertMatch(lines.at(-1)!, /^\d ok, \d warnings?, 0 failures$/);
});

test("doctor asks a server that runs what it hears", async (folder) => {
  const token = await writeSecret(`${folder}/token`, "a-token-of-this-test");
  const { server, udp, tcp } = await startServer(READS_ALL, ["--web-token-file", token]);
  await using _server = server;
  await using _agent = new Running(AGENT, ["--server", udp, "--name", "web-01"]);
  await server.stdout.find((line) => line.includes("web-01"), "the agent");
  const places = ["--listen", udp, "--web", tcp];
  const { code, lines, on } = await examine(READS_ALL, [...places, "--web-token-file", token]);
  assertEquals(code, 0, lines.join("\n"));
  assertMatch(on("udp"), /^ok .* a server listens there already: 127\.0\.0\.1:/);
  assertMatch(on("token file"), /^ok /);
  assertMatch(on("page"), /^ok .* answers at \S+ with the token of /);
  assertMatch(on("hosts"), /^ok .* 1 live$/);
  assertMatch(on("datagrams"), /^ok .* 1 accepted$/);
  assertMatch(on("clock"), /^ok .* in step with 1 live host$/);

  const without = await examine(READS_ALL, places);
  assertEquals(without.code, 0);
  assertMatch(without.on("page"), /^ok .* asks for the token /);
  assertMatch(without.on("udp"), /^ok .* taken: /);

  const wrong = await writeSecret(`${folder}/wrong`, "a-token-of-another-test");
  const other = await examine(READS_ALL, [...places, "--web-token-file", wrong]);
  assertEquals(other.code, 1);
  assertMatch(other.on("page"), /^fail .* takes another token than that of /);
  assertEquals(other.lines.join("\n").includes("a-token-of"), false);
});

test("doctor finds clocks that differ, and datagrams that are dropped", async () => {
  const { server, udp, tcp } = await startServer(withPage(), []);
  await using _server = server;
  const { hostname, port } = new URL(`udp://${udp}`);
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const to = { transport: "udp", hostname, port: Number(port) } as const;
  const sample = sampleOf({ cores: 1, volumes: 0, interfaces: 0 });
  const time = Date.now() - 3_600_000;
  await socket.send(new TextEncoder().encode("{oops"), to);
  await socket.send(jsonOf({ ...sample, host: "db-01", session: "s", seq: 1, time }), to);
  await server.stdout.find((line) => line.includes("db-01"), "the sample");
  socket.close();
  const { code, on } = await examine(withPage(), ["--listen", udp, "--web", tcp]);
  assertEquals(code, 0);
  assertMatch(
    on("clock"),
    /^warn .* db-01 is behind by 1h; this machine's own clock may be/,
  );
  assertMatch(on("datagrams"), /^warn .* 1 accepted; 1 dropped \(json: not JSON\)$/);
});

test("doctor says that another program has the ports", async () => {
  const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await using web = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    return new Response("hello", { status: 404 });
  });
  const port = (udp.addr as Deno.NetAddr).port;
  const places = ["--listen", `127.0.0.1:${port}`, "--web", `127.0.0.1:${web.addr.port}`];
  const { code, on } = await examine(withPage(), places);
  assertEquals(code, 1);
  assertMatch(on("udp"), /^warn .* a program listens on 127\.0\.0\.1:\d+ already/);
  assertMatch(
    on("page"),
    /^fail .* a program has \S+ and does not answer as pulso-server: HTTP status 404$/,
  );
  udp.close();
});

test("doctor says that a page cannot be served where there is no such address", async () => {
  const { udp } = freePorts();
  const { code, on } = await examine(withPage(), ["--listen", udp, "--web", "192.0.2.1:8080"]);
  assertEquals(code, 1);
  assertMatch(on("page"), /^fail .* 192\.0\.2\.1:8080: no network interface .*--web$/);
});

test("doctor says that a program that is silent has the page's port", async () => {
  const { udp } = freePorts();
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const web = `127.0.0.1:${silent.addr.port}`;
  const accepted = silent.accept();
  const { code, on } = await examine(withPage(), ["--listen", udp, "--web", web]);
  (await accepted).close();
  assertEquals(code, 1);
  assertMatch(
    on("page"),
    /^fail .* a program has \S+ and does not answer as pulso-server: .*no answer/,
  );
});

test("doctor says which files cannot be used, and why", async (folder) => {
  const { udp, tcp } = freePorts();
  const open = `${folder}/open.key`;
  await Deno.writeTextFile(open, "", { mode: 0o644 });
  const pipe = IS_LINUX ? makePipe(`${folder}/pipe`) : folder;
  const cases: [path: string, launcher: readonly string[], why: RegExp][] = [
    [`${folder}/none`, READS_ALL, /no such file/],
    [open, READS_ALL, /others may read or write it; chmod 600 it/],
    [await writeSecret(`${folder}/bad.key`, "nonsense"), READS_ALL, /does not begin with/],
    [pipe, READS_ALL, /not a regular file/],
    [open, withPage(), /it needs the flag --allow-read/],
  ];
  for (const [path, launcher, why] of cases) {
    const files = ["--key-file", path, "--web-token-file", path];
    const { code, on } = await examine(launcher, ["--listen", udp, "--web", tcp, ...files]);
    assertEquals(code, 1);
    assertMatch(
      on("key file"),
      new RegExp(`^fail .*Cannot use the key file ${path}: .*${why.source}`),
    );
    assertMatch(on("token file"), /^fail .*Cannot use the token file /);
  }
  const { code, on } = await examine(AGENT, ["--key-file", open, "--metrics", "cpu"]);
  assertEquals(code, 1);
  assertMatch(on("key file"), /^fail .*chmod 600 it$/);
});

test("doctor looks at the folder of data, and makes none", async (folder) => {
  const { udp, tcp } = freePorts();
  const data = `${folder}/data`;
  const granted = [`--allow-read=${data}`, `--allow-write=${data}`];
  const launcher = withPage(["--allow-net", "--allow-env=PULSO_*", ...granted]);
  const look = async (launcher: readonly string[]) =>
    (await examine(launcher, ["--listen", udp, "--web", tcp, "--data", data])).on("data");
  assertMatch(await look(launcher), /^ok .* would be made$/);
  assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
  await Deno.mkdir(data, { mode: 0o755 });
  assertMatch(await look(launcher), /^fail .* chmod 700 it$/);
  await Deno.chmod(data, 0o700);
  assertMatch(await look(launcher), /^ok .* can be used$/);
  assertMatch(await look(withPage()), /^fail .* it needs the flags --allow-read=/);
});

test("doctor of an agent samples each group, and looks its servers up", async (folder) => {
  const servers = ["--server", "localhost:1", "--server", "nowhere.invalid"];
  const { code, lines, on } = await examine(AGENT, servers, { PULSO_NAME: "web-01" });
  assertEquals(code, 1, lines.join("\n"));
  const [good, bad] = on("server").split("\n");
  assertMatch(good!, /^ok .* 127\.0\.0\.1:1$/);
  assertMatch(bad!, /^fail .* nowhere\.invalid:5005: /);
  assertMatch(on("identity"), /^(ok|warn) .* as web-01, id /);
  for (const group of ["cpu", "memory", "disk", "network", "system"]) {
    assertMatch(on(group), /^ok .*\d /, group);
  }
  assertMatch(on("datagram"), /^ok .* bytes of at most 1,452$/);
  const named = await examine(AGENT, ["--server", "127.0.0.1:1", "--metrics", "memory"]);
  assertEquals(named.code, 0, named.lines.join("\n"));
  assertEquals(named.on("cpu"), "");
  await Deno.writeTextFile(`${folder}/numbers`, `${"n".repeat(60)} 1\n`);
  const tags = ["--tag", `role=${"x".repeat(60)}`, "--extra", folder];
  const tagged = await examine(AGENT, ["--metrics", "memory", ...tags]);
  const bytesOf = ({ on }: Diagnosis) => parseInt(on("datagram").slice(6 + "datagram".length));
  assert(bytesOf(tagged) > bytesOf(named) + 120, tagged.on("datagram"));
  const unnamed = await examine(AGENT, ["--metrics", "memory"]);
  assertMatch(unnamed.on("server"), /^warn .* nobody named one/);
});

test("doctor of an agent says what is missing", async () => {
  const { code, on } = await examine(AGENT, ["--procfs", "/no/such", "--metrics", "cpu,memory"]);
  assertEquals(code, 1);
  for (const group of ["cpu", "memory"]) {
    assertMatch(on(group), /^fail .* nothing could be read: Cannot read \/no\/such\//);
  }
});

test("doctor of a server with nothing granted says so, and looks at the rest", async () => {
  const { code, lines, on } = await examine(withPage([]), ["--listen", "127.0.0.1:5005"]);
  assertEquals(code, 1);
  assertMatch(on("environment"), /^warn .*PULSO_\*/);
  for (const subject of ["udp", "buffer", "page"]) {
    assertMatch(on(subject), /^fail .*--allow-net/, lines.join("\n"));
  }
  assertMatch(on("clock"), /^ok /);
});

test("doctor of an agent with nothing granted says so, and looks at the rest", async () => {
  const { code, on } = await examine(programOf("agent", []), ["--server", "192.0.2.7"]);
  assertEquals(code, 1);
  assertMatch(on("server"), /^fail .*--allow-net/);
  assertMatch(on("identity"), /^fail .*--allow-sys=hostname/);
  assertMatch(on("sample"), /^fail .*--allow-/);
  assertMatch(on("clock"), /^ok /);
});

Deno.test({
  name: "doctor sees a clock that was never set (needs --allow-run, and libfaketime)",
  ignore: !MAY_RUN || !isThere(LIBRARY),
  fn: async () => {
    const env = {
      LD_PRELOAD: LIBRARY,
      FAKETIME: "2020-01-01 00:00:00",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      DONT_FAKE_MONOTONIC: "1",
    };
    const { code, on } = await examine(AGENT, ["--server", "127.0.0.1", "--metrics", "cpu"], env);
    assertEquals(code, 1);
    assertMatch(on("clock"), /^fail .* it says 20(20-01-01|19-12-31)T/);
  },
});

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
