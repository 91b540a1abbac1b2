/** What INSTALL.md shows besides command lines: loops over a fleet, a firewall, and proxies with TLS. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { isFile } from "../browser.ts";
import { inFolder } from "../files.ts";
import { MAY_RUN, pageOf, programOf, Running } from "../processes.ts";
import { behind, isHere, type Proxy } from "../proxies.ts";
import { blocksOf, readDocument } from "./documents.ts";
import { Ground, MISSING } from "./ground.ts";

const PAGE = readDocument("docs/INSTALL.md");
const MAY_WRITE = Deno.permissions.querySync({ name: "write" }).state === "granted";
const IS_ROOT = MAY_RUN && Deno.build.os === "linux" && MAY_WRITE && Deno.uid() === 0;

/** The blocks of a language. */
function blocks(language: string): readonly string[] {
  return blocksOf(PAGE).filter((block) => block.language === language).map(({ text }) => text);
}

/** What runs in place of the programs that reach other hosts: it tells what it is asked for. */
const STUBS = `
scp() { echo "scp $*"; [[ "$*" != *bad* ]]; }
ssh() {
  local words=$*
  [ "$1" = -n ] || words="$words < $(cat)"
  if [[ $words == *--print* ]]; then echo '{"v":1,"id":"ID-'"$2"'","cpu":{"id":"no"}}'; return; fi
  echo "ssh $words" | tr '\\n' ' '
  echo
}
pulso-server() { echo "KEY $*"; }
printf 'web-01\\nbad-02\\n' > hosts.txt
touch pulso-agent_0.1.0_amd64.deb
`;

Deno.test({
  name: "documents: the loops of INSTALL.md do their work on each host (needs --allow-all)",
  ignore: !MAY_RUN || !MAY_WRITE,
  fn: () =>
    inFolder(async (folder) => {
      const run = async (loop: string) => {
        const command = new Deno.Command("bash", { args: ["-c", STUBS + loop], cwd: folder });
        const { stdout, stderr } = await command.output();
        assertEquals(new TextDecoder().decode(stderr), "");
        return new TextDecoder().decode(stdout).replace(/ +/g, " ").trim().split("\n");
      };
      const [install, keys] = blocks("bash");
      const [copied, installed, ok, ...bad] = await run(install!);
      assertEquals(copied, "scp -q pulso-agent_0.1.0_amd64.deb root@web-01:/tmp/");
      assertStringIncludes(installed!, "apt-get install -qqy /tmp/pulso-agent_0.1.0_amd64.deb");
      assertStringIncludes(installed!, "PULSO_SERVER=monitor.example:5005 > /etc/pulso/agent.env");
      assertEquals(ok, "web-01: installed");
      assertEquals(bad.slice(1), ["bad-02: FAILED"]);
      const [first, second] = await run(keys!);
      assertStringIncludes(first!, "ssh root@web-01 umask 077; cat > /etc/pulso/fleet.key");
      assertStringIncludes(first!, "< KEY keygen --agent ID-root@web-01 --key-file /etc/pulso/");
      assertStringIncludes(second!, "< KEY keygen --agent ID-root@bad-02 ");
    }),
});

Deno.test({
  name: `doctor names what only the service is told (needs ${MISSING ?? "root"})`,
  ignore: MISSING !== null,
  async fn() {
    await using ground = await Ground.open();
    const write = "install -d /etc/pulso; echo PULSO_SERVER=a.example > /etc/pulso/agent.env";
    await using doctor = ground.run(`${write}; pulso-agent doctor --metrics cpu`);
    assertEquals(await doctor.exitCode(), 0);
    const at = doctor.stdout.all.findIndex((line) => line.startsWith("warn  environment"));
    assertStringIncludes(doctor.stdout.all[at]!, "/etc/pulso/agent.env sets PULSO_SERVER for");
    const [, advice] = doctor.stdout.all[at + 1]!.split("→ ");
    await using followed = ground.run(advice!);
    assertEquals(await followed.exitCode(), 0);
    assertStringIncludes(followed.stdout.text, "a.example:5005 is 127.0.0.1");
    assert(!followed.stdout.text.includes("environment"));
  },
});

Deno.test({
  name: "documents: nftables takes the rule of INSTALL.md (needs --allow-all, root and nft)",
  ignore: !IS_ROOT || !isFile("/usr/sbin/nft"),
  fn: () =>
    inFolder(async (folder) => {
      const [rule] = blocks("nft");
      const chain = `chain input { type filter hook input priority 0; policy drop;\n${rule}}`;
      await Deno.writeTextFile(`${folder}/rules`, `table inet filter {\n${chain}\n}\n`);
      const args = ["-n", "nft", "-f", `${folder}/rules`];
      const { stderr } = await new Deno.Command("unshare", { args }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
    }),
});

/** The proxies of the page, as it configures them, on other ports and with a certificate of their own. */
const SHOWN: readonly (Pick<Proxy, "name" | "program" | "args"> & {
  readonly configure: (shown: string, folder: string, port: number) => string;
})[] = [{
  name: "nginx",
  program: "nginx",
  args: (file, folder) => ["-p", folder, "-c", file],
  configure: (shown, folder, port) => `
    daemon off; master_process off; pid ${folder}/pid; error_log stderr;
    events {}
    http {
      access_log off;
      client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
      uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
      ${shown.replace("listen 443", `listen 127.0.0.1:${port}`).replaceAll("/etc/ssl", folder)}
    }`,
}, {
  name: "caddy",
  program: "caddy",
  args: (file) => ["run", "--adapter", "caddyfile", "--config", file],
  configure: (shown, folder, port) => `
    {
      admin off
      storage file_system ${folder}
      auto_https disable_redirects
    }
    ${
    shown.replace(
      "monitor.example {",
      `https://monitor.example:${port} {
      bind 127.0.0.1
      tls ${folder}/monitor.example.pem ${folder}/monitor.example.key`,
    )
  }`,
}];

const TOKEN = "a-token-of-this-test";

for (const { configure, ...shown } of SHOWN) {
  const proxy: Proxy = {
    ...shown,
    keepsHost: true,
    configure: (folder, port, upstream) =>
      configure(blocks(shown.name)[0]!.replace("127.0.0.1:8080", upstream), folder, port),
  };
  Deno.test({
    name:
      `documents: ${proxy.name} serves the page by TLS as INSTALL.md has it (needs it, --allow-all)`,
    ignore: !isHere(proxy) || !isFile("/usr/bin/openssl"),
    fn: () =>
      inFolder(async (folder) => {
        const token = `${folder}/token`;
        await Deno.writeTextFile(token, TOKEN, { mode: 0o600 });
        const launcher = programOf("server", ["--allow-net", "--allow-read"]).slice(0, -2);
        await using server = new Running(launcher, [
          ...["--listen", "127.0.0.1:0", "--web", "127.0.0.1:0", "--view", "none"],
          ...["--web-token-file", token],
        ]);
        const { host: upstream } = await pageOf(server);
        await behind(
          withCertificate(proxy),
          upstream,
          { path: "/", isWhole: true },
          async (port) => {
            const ask = async (...options: string[]) => {
              const to = ["--resolve", `monitor.example:${port}:127.0.0.1`];
              const url = `https://monitor.example:${port}/api/fleet`;
              const args = ["-sk", "-w", " %{http_code}", ...to, ...options, url];
              const { stdout } = await new Deno.Command("curl", { args }).output();
              return new TextDecoder().decode(stdout);
            };
            assert(
              (await ask()).endsWith(
                'token required; use the URL that the server logged when it started"} 401',
              ),
            );
            assert((await ask("-H", `Authorization: Bearer ${TOKEN}`)).endsWith("} 200"));
          },
        );
      }),
  });
}

/** The same proxy with a certificate in its folder. */
function withCertificate(proxy: Proxy): Proxy {
  return {
    ...proxy,
    configure: (folder, ...others) => {
      const files = [
        "-keyout",
        `${folder}/monitor.example.key`,
        "-out",
        `${folder}/monitor.example.pem`,
      ];
      const kind = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
      const args = [...kind, ...files, "-subj", "/CN=monitor.example"];
      assert(new Deno.Command("openssl", { args, stderr: "null" }).outputSync().success);
      return proxy.configure(folder, ...others);
    },
  };
}
