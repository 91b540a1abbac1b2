/**
 * Tests that change what a whole process has, as its time zone: files that are tested at once share one
 * process, so each such test has one of its own.
 */
import { assert } from "@std/assert";
import { MAY_RUN } from "./processes.ts";

/** Tells a process which of its tests is its own. */
const VARIABLE = "TEST_APART";

/** A test of the file at a URL, which a shell starts by a command like `TZ=UTC exec` or `umask 077; exec`. */
export function testApart(
  name: string,
  { start, url, ignore = false }: { start: string; url: string; ignore?: boolean },
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  Deno.test({
    name: `${name} (needs --allow-all)`,
    ignore: ignore || !MAY_RUN,
    fn: (t) => Deno.env.get(VARIABLE) === name ? fn(t) : runApart(name, start, url),
  });
}

async function runApart(name: string, start: string, url: string): Promise<void> {
  const args = ["test", "--quiet", "--no-check", "--no-prompt", "--allow-all", "--filter", name];
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `${start} "$0" "$@"`, Deno.execPath(), ...args, new URL(url).pathname],
    env: { [VARIABLE]: name, NO_COLOR: "1" },
  }).output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(success && /^ok \| 1 passed/m.test(text!), `${text}${errors}`);
}
