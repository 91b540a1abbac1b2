/**
 * What to say where a permission is missing: a script is run with another flag, but an executable has
 * its permissions built in, and advice that it gives has to work there.
 */

/** Advice for a script, which can be given flags, or for an executable. */
export function advise(
  script: string,
  executable: string,
  isExecutable: boolean = Deno.build.standalone,
): string {
  return isExecutable ? executable : script;
}
