import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ENTER_SCREEN, LEAVE_SCREEN } from "../../../../lib/server/views/terminal/paint.ts";
import { MAY_RUN, programOf, Running } from "../../../processes.ts";

/** util-linux's `script` gives a program a terminal of its own. */
const SCRIPT = "/usr/bin/script";

async function hasScript(): Promise<boolean> {
  try {
    return (await Deno.stat(SCRIPT)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const ignore = !MAY_RUN || Deno.build.os !== "linux" || !await hasScript();

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs ${SCRIPT}, --allow-run, -net, -read, -env)`, ignore, fn });
}

function openServer(begin = "exec", redirection = ""): Running {
  const words = [...programOf("server"), "--listen", "127.0.0.1:0"];
  return new Running(
    [SCRIPT, "-qec", `${begin} ${words.join(" ")} ${redirection}`, "/dev/null"],
    [],
    {
      TERM: "xterm",
      SHELL: "/bin/sh",
    },
  );
}

/** Checks that the program ended well, and last of all gave the terminal back. */
async function checkRestored(server: Running): Promise<void> {
  assertEquals(await server.exitCode(), 0);
  const { text } = server.stdout;
  assertEquals(text.split(ENTER_SCREEN).length, 2);
  assert(text.indexOf(LEAVE_SCREEN) > text.indexOf(ENTER_SCREEN));
  assertEquals(text.split(LEAVE_SCREEN).length, 2);
}

test("openTerminal() shows pages as keys are pressed, and restores the terminal", async () => {
  await using server = openServer();
  await server.stdout.findText("No host has been heard yet.");
  await server.type("?");
  await server.stdout.findText("KEYS");
  await server.type("\x1b");
  await server.type("/web");
  await server.stdout.findText("filter: ");
  await server.type("\x1b[B\rq");
  await checkRestored(server);
});

test("openTerminal() takes Ctrl-C for the end", async () => {
  await using server = openServer();
  await server.stdout.findText("No host has been heard yet.");
  await server.type("\x03");
  await checkRestored(server);
});

test("openTerminal() restores the terminal after a signal, and works without keys", async () => {
  await using server = openServer("", "</dev/null & read line; kill -TERM $!; wait $!");
  await server.stdout.findText("No host has been heard yet.");
  // The shell beside the server reads this line.
  await server.type("\n");
  await checkRestored(server);
  assertStringIncludes(server.stdout.text, "pulso-agent --server 127.0.0.1:");
});

test("openTerminal() gives the terminal back when it is stopped, and draws again", async () => {
  const words = [...programOf("server"), "--listen", "127.0.0.1:0"].join(" ");
  const command = "PS1='prompt: ' exec /bin/bash --norc --noediting -i";
  const env = { TERM: "xterm", SHELL: "/bin/bash" };
  await using shell = new Running([SCRIPT, "-qec", command, "/dev/null"], [], env);
  const { stdout } = shell;
  const text = "No host has been heard yet.";
  await shell.type(`sh -c 'echo "pid $$"; exec ${words}'\n`);
  await stdout.findText(text);
  const pid = Number(/pid (\d+)/.exec(stdout.text)![1]);
  const stops = [() => shell.type("\x1a"), () => Deno.kill(pid, "SIGTSTP")];
  for (const [nth, stop] of stops.entries()) {
    await stop();
    await stdout.findText("Stopped ", nth + 1);
    assertEquals(stdout.text.split(LEAVE_SCREEN).length, nth + 2);
    await shell.type("fg\n");
    await stdout.findText(ENTER_SCREEN, nth + 2);
    await stdout.findText(text, nth + 2);
  }
  await shell.type("q");
  // Until the program has ended, it takes what is typed.
  await stdout.findText("prompt: ", 4);
  assertEquals(stdout.text.split(LEAVE_SCREEN).length, 4);
  await shell.type("exit\n");
  assertEquals(await shell.exitCode(), 0);
});

test("a terminal that knows no escape sequences gets lines", async () => {
  const words = [...programOf("server"), "--listen", "127.0.0.1:0"].join(" ");
  for (const begin of ["TERM=dumb exec", "unset TERM; exec"]) {
    await using server = new Running([SCRIPT, "-qec", `${begin} ${words}`, "/dev/null"], [], {
      SHELL: "/bin/sh",
    });
    await server.stdout.findText("Receives on");
    await server.type("\x03");
    assertEquals(await server.exitCode(), 0);
    assert(!server.stdout.text.includes("\x1b"), server.stdout.text);
  }
});
