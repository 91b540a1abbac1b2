/** A folder for a test, and files of kinds that Deno cannot make. */
import { assert } from "@std/assert";

/** Makes a named pipe, which hangs whoever opens it while nobody writes to it. */
export function makePipe(path: string): string {
  assert(new Deno.Command("mkfifo", { args: ["-m", "600", path] }).outputSync().success);
  return path;
}

/** Gives a test a folder of its own, which is gone afterwards. */
export async function inFolder(act: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
