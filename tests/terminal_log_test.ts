/** When what the real server logs shows beside its table: at once, unless it would spoil that very terminal. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ENTER_SCREEN, LEAVE_SCREEN } from "../lib/server/views/terminal/paint.ts";
import { inFolder } from "./files.ts";
import { freePort } from "./ports.ts";
import { MAY_RUN, programOf, Running } from "./processes.ts";

/** So long it is waited for at the most. */
const MAX_TURNS = 1_000;
const LOGGED = "Dropped a datagram";
/** How `script` runs a command on a terminal of its own, and shows here what comes there. */
const ON_TERMINAL = ["/usr/bin/script", "-qefc"];
const HAS_SCRIPT = MAY_RUN && Deno.build.os === "linux" && await isThere(ON_TERMINAL[0]!);

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}

/** A command that runs the server with redirections of the shell. */
function serverOn(port: number, redirections: string): string {
  const words = [...programOf("server"), "--listen", `127.0.0.1:${port}`, "--view", "table"];
  return `stty rows 40 cols 160; ${words.map((word) => `'${word}'`).join(" ")} ${redirections}`;
}

/** Runs a command on a terminal until it has dropped a datagram and shows that; all that came there. */
async function showDrop(
  command: string,
  port: number,
  whileShown: (terminal: Running) => Promise<void>,
): Promise<string> {
  const [launcher, ...args] = [...ON_TERMINAL, command, "/dev/null"];
  await using terminal = new Running([launcher!], args, { TERM: "xterm", SHELL: "/bin/bash" });
  await terminal.stdout.findText(ENTER_SCREEN);
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await socket.send(new TextEncoder().encode("x"), {
    ...{ transport: "udp", hostname: "127.0.0.1", port },
  });
  socket.close();
  await terminal.stdout.findText("(format");
  await whileShown(terminal);
  await terminal.type("q");
  await terminal.exitCode();
  return terminal.stdout.text;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

Deno.test({
  name: "server holds its log back while its table is shown only where stderr is that terminal " +
    "(needs Linux, script, --allow-run, -net, -read, -write, -env)",
  ignore: !HAS_SCRIPT,
  async fn(t) {
    const cases: [name: string, redirection: string, isHeld: boolean][] = [
      ["the same terminal", "", true],
      ["/dev/tty, which is that terminal", "2>/dev/tty", true],
      ["a terminal that another program has opened", "2>&9", false],
    ];
    for (const [name, redirection, isHeld] of cases) {
      await t.step(name, async () => {
        const port = freePort();
        const inner = serverOn(port, redirection).replaceAll("'", `'"'"'`);
        // Descriptor 9 is the outer terminal, which shows what comes on either.
        const command = `exec 9<>"$(tty)"; ${ON_TERMINAL.join(" ")} '${inner}' /dev/null`;
        const text = await showDrop(command, port, async (terminal) => {
          if (!isHeld) await terminal.stdout.findText(LOGGED);
        });
        if (isHeld) assert(text.indexOf(LOGGED) > text.indexOf(LEAVE_SCREEN), text);
      });
    }
    await t.step("a file", () =>
      inFolder(async (folder) => {
        const [port, file] = [freePort(), `${folder}/log`];
        const text = await showDrop(serverOn(port, `2>'${file}'`), port, async () => {
          const log = () => Deno.readTextFile(file);
          for (let n = 0; n < MAX_TURNS && !(await log()).includes(LOGGED); n++) await nextTurn();
          assertStringIncludes(await log(), LOGGED);
        });
        assertEquals(text.includes(LOGGED), false, text);
      }));
  },
});
