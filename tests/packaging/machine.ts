/**
 * A machine to install on: a real systemd as the first process of its own namespaces, on a copy of this
 * system of which nothing is left, with three volumes more and no network. Root on Linux can have one where
 * namespaces, overlays and loop devices may be made.
 */
import { assert } from "@std/assert";
import { MAY_RUN, Running } from "../processes.ts";

const SYSTEMD = "/lib/systemd/systemd";
const RELEASE = new URL("../../dist/release/", import.meta.url).pathname;
/** Where its volumes are: a unit could hide each of them. */
export const VOLUMES = ["/home/data", "/srv/data", "/tmp"] as const;

const ROOM = "/mnt";

/** Mounts an image of a filesystem; nothing of it is on this system's disk. */
function volume(point: string): string {
  const image = `${ROOM}/volume${point.replaceAll("/", "-")}`;
  return `mkdir -p ${ROOM}/root${point}
truncate --size=16M ${image}
mkfs.ext4 -q ${image}
mount -o loop ${image} ${ROOM}/root${point}
chmod 1777 ${ROOM}/root${point}`;
}

const LAYING = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs ${ROOM}
mkdir ${ROOM}/upper ${ROOM}/work ${ROOM}/root
mount -t overlay overlay -o lowerdir=/,upperdir=${ROOM}/upper,workdir=${ROOM}/work ${ROOM}/root
${VOLUMES.map(volume).join("\n")}
cd ${ROOM}/root
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs tmpfs run
mount --rbind /dev dev
ip link set lo up
mkdir root/release
cp ${RELEASE}* root/release
rm -rf etc/pulso usr/sbin/policy-rc.d var/lib/pulso var/lib/private/pulso
`;

/** Of what this system would start there is only the journal. */
const PARING = `cd ${ROOM}/root/etc/systemd/system
rm -rf ./*.wants default.target
mkdir -p ../system-generators
ln -nsf /dev/null ../system-generators/systemd-sysv-generator
printf '[Unit]\\n' | tee sysinit.target > basic.target
for wanted in /lib/systemd/system/*.target.wants/*; do
  case $wanted in */systemd-journald*) ;; *) ln -nsf /dev/null "\${wanted##*/}" ;; esac
done
cd ${ROOM}/root
pivot_root . mnt
umount -l /mnt
mount --make-rshared /
echo laid
exec env -i container=pulso PATH=/usr/sbin:/usr/bin:/sbin:/bin ${SYSTEMD} --unit=multi-user.target --show-status=no
`;

const UNSHARE = ["unshare", "-fpmnuiC", "--kill-child=KILL", "sh", "-c"];

/** Why there can be none here; `null` where there can. */
export const MISSING: string | null = missing();

function missing(): string | null {
  if (!MAY_RUN || Deno.permissions.querySync({ name: "sys" }).state !== "granted") {
    return "--allow-all";
  }
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "root on Linux";
  if (!isThere(SYSTEMD)) return "systemd";
  if (!isThere(RELEASE)) return "deno task release";
  const [command, ...args] = UNSHARE;
  const probe = new Deno.Command(command!, { args: [...args, LAYING] });
  return probe.outputSync().success ? null : "namespaces, overlays and loop devices";
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile || Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** One such machine. */
export class Machine implements AsyncDisposable {
  readonly #holder: Running;
  readonly #enter: readonly string[];

  private constructor(holder: Running) {
    this.#holder = holder;
    const children = Deno.readTextFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`);
    this.#enter = ["-t", children.trim(), ...["-p", "-m", "-n", "-u", "-i", "-C", "-r", "-w"]];
  }

  /** Starts it, with the files of the release in /root/release. */
  static async start(): Promise<Machine> {
    const holder = new Running([...UNSHARE, LAYING + PARING], []);
    await holder.stdout.find((line) => line === "laid", "the machine");
    const machine = new Machine(holder);
    await machine.until("systemctl is-system-running | grep -q running");
    return machine;
  }

  /** Runs a script there, and returns what it printed. @throws {AssertionError} when it fails. */
  async run(script: string): Promise<string> {
    const { success, output } = await this.#run(script);
    assert(success, `${script}\n${output}`);
    return output;
  }

  /** Runs a script again and again until it succeeds, for a while. */
  async until(script: string): Promise<void> {
    const { success, output } = await this.#run(
      `for try in $(seq 100); do if ( ${script} ) > /dev/null 2>&1; then exit; fi; sleep 0.1; done; ${script}`,
    );
    assert(success, `${script}\n${output}\n${(await this.#run("journalctl -n 40")).output}`);
  }

  async #run(script: string): Promise<{ success: boolean; output: string }> {
    const args = [...this.#enter, "bash", "-c", `exec 2>&1; ${script}`];
    const { success, stdout } = await new Deno.Command("nsenter", { args }).output();
    return { success, output: new TextDecoder().decode(stdout) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder[Symbol.asyncDispose]();
  }
}
