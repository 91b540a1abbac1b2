/** A log that keeps its lines, each behind its level. */
import type { Log } from "../../lib/common/log.ts";

/** The log, and the lines so far. */
export function logLines() {
  const lines: string[] = [];
  const write = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
  const log = {
    ...{ debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") },
    hold: () => {},
    release: () => {},
    close: () => Promise.resolve(),
  } as unknown as Log;
  return { log, lines };
}
