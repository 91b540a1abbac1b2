import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ENTER_SCREEN, LEAVE_SCREEN } from "../../lib/terminal/paint.ts";
import { MAY_RUN, programOf, Running } from "../processes.ts";

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

function openServer(redirection = ""): Running {
  const words = [...programOf("server"), "--listen", "127.0.0.1:0"];
  return new Running([SCRIPT, "-qec", `${words.join(" ")} ${redirection}`, "/dev/null"], [], {
    TERM: "xterm",
    SHELL: "/bin/sh",
  });
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
  await using server = openServer("</dev/null & read line; kill -TERM $!; wait $!");
  await server.stdout.findText("No host has been heard yet.");
  // The shell beside the server reads this line.
  await server.type("\n");
  await checkRestored(server);
  assertStringIncludes(server.stdout.text, "pulso-agent --server 127.0.0.1:");
});
