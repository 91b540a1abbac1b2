/** The Debian packages on a machine with a real systemd: what they install, run, keep and leave. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { Machine, MISSING, VOLUMES } from "./machine.ts";

const BOTH = "pulso-agent pulso-server";
const PACKAGES = `pulso-agent_${config.version}_*.deb pulso-server_${config.version}_*.deb`;

/** Packs both again as the version before, which needs no compression. */
const PACK_OLD = `export TMPDIR=/root; cd /root/release
for package in ${BOTH}; do
  dpkg-deb -R ${"$"}{package}_*.deb old
  sed -i 's/^Version: .*/Version: 0.0.1/' old/DEBIAN/control
  dpkg-deb -Znone -b old /root/$package.old.deb
  rm -r old
done`;

/** All files where packages put some, but what systemd, dpkg and others write as they run. */
const LIST_FILES = `find /etc /usr /lib/systemd /opt /var -xdev -regextype egrep \
  -regex '/var/(log|cache|tmp|lib/(dpkg|systemd))' -prune -o -print | sort`;

/** A unit that is restricted as the agent's is, and prints into a file. */
function insideUnit(args: string): string {
  return `sed -e 's|^ExecStart=.*|ExecStart=/usr/bin/pulso-agent ${args}|' \\
  -e 's|^Restart=.*|Restart=no\\nStandardOutput=truncate:/run/inside\\nStandardError=journal|' \\
  /lib/systemd/system/pulso-agent.service > /run/systemd/system/inside.service
systemctl daemon-reload
systemctl start inside
while systemctl is-active --quiet inside; do sleep 0.1; done
cat /run/inside`;
}

const hears = (condition: string) =>
  `curl -s http://127.0.0.1:8080/api/fleet | python3 -c 'import json, sys
rows = json.load(sys.stdin)["rows"]
sys.exit(not any(${condition} for row in rows))'`;

Deno.test({
  name: `Debian packages install, report, upgrade, and go (needs ${MISSING ?? "no more"})`,
  ignore: MISSING !== null,
  fn: async (t) => {
    await using machine = await Machine.start();
    const before = await machine.run(LIST_FILES);
    const pids = () => machine.run(`systemctl show --property MainPID ${BOTH}`);

    await t.step("installed, both run and the agent reports to the server", async () => {
      await machine.run(`${PACK_OLD}; dpkg -i /root/*.old.deb`);
      assertEquals(await machine.run(`systemctl is-enabled ${BOTH}`), "enabled\nenabled\n");
      await machine.until(hears('row["status"] == "live"'));
      assertEquals(await machine.run(`systemctl is-active ${BOTH}`), "active\nactive\n");
    });

    await t.step("a command sees the settings of the service as they are told", async () => {
      const within = (command: string) =>
        machine.run(`(set -a; . /etc/pulso/server.env; pulso-server ${command})`);
      const config = await within("config");
      assertMatch(config, /^view +none +PULSO_VIEW$/m);
      assertMatch(config, /^data +\/var\/lib\/pulso +PULSO_DATA$/m);
      assertEquals(/ sets /.test(config), false, config);
      assertMatch(await within("doctor"), /^ok +data +\/var\/lib\/pulso can be used$/m);
      const alone = await machine.run("pulso-server config");
      const told = /sets PULSO_VIEW, PULSO_DATA for the service.*\n→ \((.*)\)$/m.exec(alone)!;
      assertEquals(await machine.run(told[1]!), config);
      assertMatch(await machine.run("pulso-server backup"), /^Wrote \/var\/lib\/pulso\//);
    });

    await t.step("upgraded, settings are kept and both are restarted", async () => {
      const settings = "PULSO_NAME=renamed\nPULSO_INTERVAL=1s\n";
      await machine.run(`printf '${settings}' > /etc/pulso/agent.env; rm /etc/pulso/server.env`);
      const old = await pids();
      await machine.run(`cd /root/release; dpkg -i ${PACKAGES} < /dev/null`);
      assertNotEquals(await pids(), old);
      assertEquals(await machine.run("cat /etc/pulso/agent.env"), settings);
      assertEquals(await machine.run("ls /etc/pulso"), "agent.env\n");
      await machine.until(hears('row["name"] == "renamed"'));
    });

    await t.step("restarted, whatever ends it", async () => {
      const old = await pids();
      await machine.run(`systemctl kill --signal=KILL ${BOTH}`);
      await machine.until(
        `systemctl is-active ${BOTH} && [ "$(systemctl show -p MainPID ${BOTH})" != "${old.trim()}" ]`,
      );
    });

    await t.step("inside its unit the agent sees what it sees outside", async () => {
      const explained = (text: string) =>
        text.split("\n").filter((line) => /^ +counts/.test(line))
          .map((line) => line.trim().split(/ +/).slice(0, 2).join(" "));
      const outside = await machine.run("pulso-agent --explain");
      const inside = await machine.run(insideUnit("--explain"));
      assertEquals(explained(inside), explained(outside));
      for (const point of VOLUMES) assert(explained(inside).includes(`counts ${point}`), point);
      const sampled = (text: string) =>
        shapeOf(JSON.parse(text.split("\n").find((line) => line.startsWith("{"))!));
      const args = '--print --count 2 --interval 200ms --interfaces "*"';
      assertEquals(
        sampled(await machine.run(insideUnit(args))),
        sampled(await machine.run(`pulso-agent ${args}`)),
      );
    });

    await t.step("inside its unit the agent sees what is mounted and renamed later", async () => {
      await machine.run(`mkdir /srv/later; truncate --size=16M /root/later
mkfs.ext4 -q /root/later; mount -o loop /root/later /srv/later`);
      await machine.run("sed -i /PULSO_NAME/d /etc/pulso/agent.env; systemctl restart pulso-agent");
      await machine.until(hears('row["name"] != "renamed"'));
      await machine.run("hostname other-name");
      await machine.until(hears('row["name"] == "other-name"'));
      await machine.until("curl -s http://127.0.0.1:8080/metrics | grep -q '/srv/later'");
      await machine.run("umount /srv/later; rmdir /srv/later");
    });

    await t.step(
      "a key and a token are handed over, and one that is missing is refused",
      async () => {
        await machine.run(`umask 077; pulso-server keygen - > /etc/pulso/fleet.key
openssl rand -hex 24 > /etc/pulso/token
echo PULSO_KEY_FILE=/run/credentials/pulso-agent.service/fleet.key >> /etc/pulso/agent.env
echo PULSO_KEY_FILE=/run/credentials/pulso-server.service/fleet.key >> /etc/pulso/server.env
echo PULSO_WEB_TOKEN_FILE=/run/credentials/pulso-server.service/token >> /etc/pulso/server.env
systemctl restart ${BOTH}`);
        const ask = 'curl -s -H "Authorization: Bearer $(cat /etc/pulso/token)"';
        await machine.until(`${ask} http://127.0.0.1:8080/api/fleet | grep -q '"sealed":true'`);
        await machine.run(`rm /etc/pulso/fleet.key /etc/pulso/token; systemctl restart ${BOTH}`);
        for (const file of ["key file .*agent.*fleet.key", "key file .*server.*fleet.key"]) {
          await machine.until(`journalctl --since -1min | grep 'Cannot use the ${file}'`);
        }
      },
    );

    await t.step("removed, it leaves settings; purged, nothing", async () => {
      await machine.run(`dpkg --remove ${BOTH}`);
      const left = added(before, await machine.run(LIST_FILES));
      for (const path of left) {
        assertMatch(
          path,
          /^\/etc\/(pulso|systemd\/system\/multi-user\.target\.wants)|^\/var\/lib\/p/,
        );
      }
      assertEquals(
        await machine.run(`systemctl is-active ${BOTH} || true`),
        "inactive\ninactive\n",
      );
      await machine.run(`dpkg --purge ${BOTH}`);
      assertEquals(added(before, await machine.run(LIST_FILES)), []);
    });

    await t.step("where no systemd runs it installs and goes as well", async () => {
      const without = (script: string) =>
        machine.run(`unshare -m sh -c 'mount -t tmpfs tmpfs /run; ${script}'`);
      await machine.run("mkdir -p /etc/pulso; echo mine > /etc/pulso/agent.env");
      await without(`dpkg -i /root/*.old.deb; systemctl is-enabled ${BOTH}`);
      assertEquals(await machine.run("cat /etc/pulso/agent.env"), "mine\n");
      await without(`dpkg --purge ${BOTH}`);
      assertEquals(added(before, await machine.run(LIST_FILES)), []);
    });

    await t.step("install.sh says how to start by hand, after an update as well", async () => {
      const install = (args: string) =>
        machine.run(`unshare -m sh -c 'mount -t tmpfs tmpfs /run
TMPDIR=/root sh /root/release/install.sh ${args}'`);
      await machine.run(`cd /root; tar xzf release/pulso-agent-*.tar.gz
(umask 077; ./pulso-agent-*/pulso-agent keygen - > /root/key)`);
      for (const args of ["agent --key-file /root/key", "agent"]) {
        const [, start] = /^ {2}\((.*)\)$/m.exec(await install(args))!;
        const line = await machine.run(`${start} --count 1 --interval 100ms`);
        assertMatch(line, / Sampling /, args);
      }
      await install("agent --uninstall");
    });

    await t.step("install.sh installs both as services, and takes them away", async () => {
      const install = (args: string) =>
        machine.run(`TMPDIR=/root sh /root/release/install.sh ${args}`);
      await machine.run(`rm -rf /etc/pulso; cd /root; tar xzf release/pulso-agent-*.tar.gz
(umask 077; ./pulso-agent-*/pulso-agent keygen - > /root/key)`);
      const server = await install("server --key-file /root/key");
      assertMatch(server, /\npulso-server runs\. The page is at http:\/\/127\.0\.0\.1:8080\//);
      const agent = await install("agent --server 127.0.0.1:5005 --key-file /root/key");
      assertMatch(agent, /\npulso-agent runs, and the server hears this agent/);
      await machine.until(hears('row["sealed"]'));
      await install("agent --uninstall");
      await install("server --uninstall");
      assertEquals(
        await machine.run(`systemctl is-active ${BOTH} || true`),
        "inactive\ninactive\n",
      );
      await machine.run(
        "rm -rf /etc/pulso /var/lib/pulso /var/lib/private /usr/local/share/{fish,zsh}",
      );
      const left = added(before, await machine.run(LIST_FILES));
      assertEquals(left.filter((path) => /pulso/.test(path)), []);
    });
  },
});

/** What is there now and was not before. */
function added(before: string, now: string): readonly string[] {
  const known = new Set(before.split("\n"));
  return now.split("\n").filter((path) => !known.has(path));
}

/**
 * A message without what changes from one to the next: numbers become whether they are known. Where nothing
 * is written or sent for a moment, its time or its share is not known.
 */
function shapeOf(value: unknown): unknown {
  if (typeof value === "number") return "known";
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== "session" && key !== "host");
  const isOfWork = (key: string) => key === "disks" || key === "retrans";
  return Object.fromEntries(
    kept.map(([key, inner]) => [key, isOfWork(key) ? namesOf(inner) : shapeOf(inner)]),
  );
}

/** The names within. */
function namesOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(namesOf);
  return typeof value === "string" ? value : "any";
}
