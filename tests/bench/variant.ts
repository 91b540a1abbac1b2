/** Compiles the agent as `deno task compile` does, but for what is to be compared: another script, other flags. */
import config from "../../deno.json" with { type: "json" };
import { compileCommands } from "../../tools/programs.ts";

/** How it differs from the agent that is released. */
export interface Variant {
  /** In place of agent.ts. */
  readonly script?: string;
  /** Flags for V8, by commas, in place of those of the task. */
  readonly engine?: string | undefined;
  /** With all permissions, so that it reads /proc itself. */
  readonly direct?: boolean;
}

/** Compiles to `dist/NAME`, and returns that path. @throws {Error} with what the compiler says. */
export async function compileVariant(name: string, variant: Variant): Promise<string> {
  const target = Deno.build.target;
  const [bundle, agent] = compileCommands(config.tasks, { target, deno: Deno.version.deno });
  const [bundled, program] = [`dist/${name}.js`, `dist/${name}`];
  await deno([
    ...bundle!.slice(0, -2),
    ...[`--output=${bundled}`, variant.script ?? "agent.ts"],
  ]);
  const isKept = (word: string) =>
    !(variant.direct && word.startsWith("--allow-")) &&
    !(variant.engine !== undefined && word.startsWith("--v8-flags="));
  await deno([
    ...agent!.slice(0, -2).filter(isKept),
    ...(variant.direct ? ["--allow-all"] : []),
    ...(variant.engine ? [`--v8-flags=${variant.engine}`] : []),
    ...[`--output=${program}`, bundled],
  ]);
  return program;
}

async function deno(args: readonly string[]): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], stderr: "piped" });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(`Cannot compile:\n${new TextDecoder().decode(stderr)}`);
}
