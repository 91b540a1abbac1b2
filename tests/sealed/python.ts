/** Python, where it is there. */

/** Debian's own, whose packages are Debian's too. */
export const PYTHON = "/usr/bin/python3";

/** Whether a line of Python works here; false also where it may not be run. */
export function worksInPython(line: string): boolean {
  const may = (["run", "sys"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
  if (!may) return false;
  try {
    const args = ["-c", line];
    return new Deno.Command(PYTHON, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
