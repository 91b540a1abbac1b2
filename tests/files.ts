/** Files of kinds that Deno cannot make. */
import { assert } from "@std/assert";

/** Makes a named pipe, which hangs whoever opens it while nobody writes to it. */
export function makePipe(path: string): string {
  assert(new Deno.Command("mkfifo", { args: ["-m", "600", path] }).outputSync().success);
  return path;
}
