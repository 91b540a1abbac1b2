/**
 * The recipes of docs/RECIPES.md, run as they are written. A program that is not here is a script that
 * prints what the real one does.
 */
import { assert, assertEquals } from "@std/assert";
import { parseExtra } from "../../lib/sampler/extra.ts";
import { FailureNotes } from "../../lib/sampler/sample.ts";
import { MAY_RUN } from "../processes.ts";
import { blocksOf, readDocument, test } from "./documents.ts";

const MAX_LINES = 5;
const FOLDER = "/usr/local/lib/pulso/";

/** The scripts by their names. */
function readRecipes(): ReadonlyMap<string, string> {
  const document = readDocument("docs/RECIPES.md");
  const named = document.matchAll(
    /^`\/usr\/local\/lib\/pulso\/([\w-]+)`\n\n```shell\n([^]*?)^```$/gm,
  );
  return new Map(Array.from(named, ([, name, script]) => [name!, script!]));
}

/** What programs print that may not be here, as shell. */
const PROGRAMS: Readonly<Record<string, string>> = {
  systemctl: `cat <<'END'
nginx.service    loaded failed failed A high performance web server
certbot.service  loaded failed failed Certbot
END`,
  smartctl: `case $* in
--scan) echo '/dev/sda -d scsi # /dev/sda, SCSI device'
        echo '/dev/sdb -d scsi # /dev/sdb, SCSI device'
        echo '/dev/nvme0 -d nvme # /dev/nvme0, NVMe device' ;;
*sdb) exit 8 ;;
*nvme0) exit 4 ;;
esac`,
  "nvidia-smi": `printf '%s\\n' '0, 97, 71, 40123' '1, 0, [N/A], 3'`,
  "apt-get": `cat <<'END'
Reading package lists...
Inst libc6 [2.36-9+deb12u10] (2.36-9+deb12u13 Debian:12.12/oldstable, Debian-Security:12/oldstable-security [amd64])
Inst tzdata [2025a-0] (2025b-0 Debian:12.12/oldstable [all])
Conf libc6 (2.36-9+deb12u13 Debian:12.12/oldstable [amd64])
END`,
  docker: `printf '%s\\n' running running exited restarting`,
};

/** What each recipe says then. */
const NUMBERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "failed-units": { failed_units: 2 },
  smart: { smart_failing_disks: 1 },
  gpu: {
    ...{ gpu0_percent: 97, gpu0_celsius: 71, gpu0_memory_mib: 40_123 },
    ...{ gpu1_percent: 0, gpu1_memory_mib: 3 },
  },
  updates: { updates: 2, security_updates: 1 },
  backup: { backup_age_hours: 30 },
  containers: {
    ...{ containers_running: 2, containers_restarting: 1, containers_paused: 0 },
    ...{ containers_exited: 1, containers_dead: 0 },
  },
};

async function shell(script: string, path: string) {
  const { success, stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", script],
    env: { PATH: path },
    stderr: "null",
  }).output();
  return { success, text: new TextDecoder().decode(stdout) };
}

function numbersIn(text: string) {
  return parseExtra(new Map([["recipe", text]]), new FailureNotes());
}

test("each recipe is at most five lines of shell, and tried", () => {
  const recipes = readRecipes();
  assertEquals([...recipes.keys()].sort(), Object.keys(NUMBERS).sort());
  const shells = blocksOf(readDocument("docs/RECIPES.md"))
    .filter(({ language }) => language === "shell");
  assertEquals(shells.length, recipes.size);
  for (const [name, script] of recipes) {
    const [first, ...lines] = script.trimEnd().split("\n");
    assertEquals(first, "#!/bin/sh");
    assert(lines.length <= MAX_LINES, `${FOLDER}${name} has ${lines.length} lines`);
  }
});

Deno.test({
  name: "documents: the recipes say what there is (needs --allow-all)",
  ignore: !MAY_RUN || Deno.build.os !== "linux",
  async fn(t) {
    const folder = await Deno.makeTempDir();
    try {
      const [programs, backups] = [`${folder}/bin`, `${folder}/backups`];
      await Deno.mkdir(programs);
      await Deno.mkdir(backups);
      for (const [name, script] of Object.entries(PROGRAMS)) {
        const text = `#!/bin/sh\n${script}\n`;
        await Deno.writeTextFile(`${programs}/${name}`, text, { mode: 0o755 });
      }
      for (const hours of [30, 100]) {
        await Deno.writeTextFile(`${backups}/${hours}`, "");
        const date = Date.now() / 1_000 - (hours * 3_600 + 60);
        await Deno.utime(`${backups}/${hours}`, date, date);
      }
      for (const [name, recipe] of readRecipes()) {
        const script = recipe.replaceAll("/var/backups", backups);
        await t.step(name, async () => {
          const { success, text } = await shell(script, `${programs}:/usr/bin:/bin`);
          assert(success, text);
          assertEquals(numbersIn(text), NUMBERS[name]!);
        });
        await t.step(`${name} says nothing where there is nothing to ask`, async () => {
          const { success, text } = await shell(
            script.replaceAll(backups, `${folder}/none`),
            `${folder}/none`,
          );
          assert(!success);
          assertEquals(numbersIn(text), {});
        });
      }
      await t.step("by the programs that are here", async () => {
        const config = `${folder}/apt.conf`;
        await Deno.mkdir(`${folder}/apt/lists/partial`, { recursive: true });
        await Deno.writeTextFile(`${folder}/status`, "");
        await Deno.writeTextFile(
          config,
          `Dir::State "${folder}/apt"; Dir::Cache "${folder}/apt"; Dir::State::status "${folder}/status";`,
        );
        const path = "/usr/sbin:/usr/bin:/sbin:/bin";
        for (const [program, name] of [["apt-get", "updates"], ["smartctl", "smart"]] as const) {
          if (!(await shell(`command -v ${program}`, path)).success) continue;
          const recipe = `export APT_CONFIG=${config}; ${readRecipes().get(name)!}`;
          const { text } = await shell(recipe, path);
          assertEquals(Object.keys(numbersIn(text)), Object.keys(NUMBERS[name]!), name);
        }
      });
      await t.step("their units are sound, by the systemd-analyze that is here", async () => {
        const path = "/usr/bin:/bin";
        if (!(await shell("command -v systemd-analyze", path)).success) return;
        const units = readDocument("docs/RECIPES.md").matchAll(
          /^<!-- \/etc\/systemd\/system\/(\S+) -->\n\n```ini\n([^]*?)^```$/gm,
        );
        const paths: string[] = [];
        for (const [, name, unit] of units) {
          paths.push(`${folder}/${name!.replace("@", "@backup")}`);
          await Deno.writeTextFile(paths.at(-1)!, unit!);
        }
        assertEquals(paths.length, 2);
        // It succeeds whatever it warns of.
        const { text } = await shell(`systemd-analyze verify ${paths.join(" ")} 2>&1`, path);
        assertEquals(text, "");
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
