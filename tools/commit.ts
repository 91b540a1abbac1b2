/** What the source tree is, as git knows it. */

/** A commit. */
export interface Commit {
  /** Twelve digits, and `-dirty` when a file differs from what was committed. */
  readonly id: string;
  readonly seconds: number;
}

/** The commit that is checked out here; `null` where there is no git, or no repository. */
export function commitHere(): Commit | null {
  const id = git("describe", "--always", "--dirty", "--abbrev=12", "--exclude=*");
  const time = git("show", "--no-patch", "--format=%ct", "HEAD");
  return id === null || time === null ? null : { id, seconds: Number(time) };
}

function git(...args: readonly string[]): string | null {
  try {
    const { success, stdout } = new Deno.Command("git", { args: [...args] }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
