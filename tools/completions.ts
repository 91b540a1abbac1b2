/**
 * What makes Tab complete the command lines of a program in bash, zsh and fish: made from its tables of
 * options and commands. Pure.
 */
import type { Option, OptionTable } from "../lib/common/option_reader.ts";
import type { CommandRow, ProgramRow } from "../lib/common/usage.ts";

/** The files of a program's completions: the text of each by its name, as each shell looks for it. */
export function completionsOf(program: ProgramRow): ReadonlyMap<string, string> {
  const { name } = program;
  return new Map([
    [`${name}.bash`, bash(name, program)],
    [`_${name}`, zsh(name, program)],
    [`${name}.fish`, fish(name, program)],
  ]);
}

// deno-lint-ignore no-explicit-any
type Row = readonly [name: string, option: Option<any>];

/** What a value is: words, a file, a folder, or something else; `null` for a switch. */
function kindOf({ placeholder, choices }: Row[1]): "words" | "file" | "folder" | "other" | null {
  if (placeholder === null) return null;
  if (choices !== undefined) return "words";
  return ({ FILE: "file", "FILE|off": "file", DIR: "folder" } as const)[placeholder] ?? "other";
}

/** Commands that have options of their own; the others take the program's. */
function ownCommands(
  { commands, options }: ProgramRow,
): readonly (readonly [string, CommandRow])[] {
  return Object.entries(commands).filter(([, row]) => row.options !== options);
}

/** What a command takes behind its options. */
function operandOf({ synopsis }: CommandRow): "file" | "folder" | null {
  return synopsis.endsWith("FILE") ? "file" : synopsis.endsWith("DIR") ? "folder" : null;
}

/** What lists such operands in each shell. */
const OPERANDS = {
  file: { bash: "-f", zsh: "':FILE:_files'", fish: "-F" },
  folder: { bash: "-d", zsh: "':DIR:_files -/'", fish: "-a '(__fish_complete_directories)'" },
} as const;

const flags = (table: OptionTable) => Object.keys(table).map((option) => `--${option}`).join(" ");

// bash: words are split at = and :, so that the value of --view=table is two words behind --view.
function bash(name: string, program: ProgramRow): string {
  const { options, commands } = program;
  const rows = [program, ...ownCommands(program).map(([, row]) => row)]
    .flatMap(({ options }) => Object.entries(options));
  const valued = [...new Map(rows)].filter(([, option]) => kindOf(option) !== null);
  const words = ownCommands(program).map(([command, row]) => {
    const operand = operandOf(row);
    const listed = operand === null ? "" : `; operands=${OPERANDS[operand].bash}`;
    return `    ${command}) words='${flags(row.options)}'${listed} ;;`;
  });
  const identifier = `_${name.replaceAll("-", "_")}`;
  return `# Completion of ${name} in bash.
${identifier}() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} words operands=
  if [ "$current" = = ]; then current=; fi
  if [ "$before" = = ]; then before=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  COMPREPLY=()
  case $before in
${valued.map(bashValue).join("\n")}
  esac
  case \${COMP_WORDS[1]} in
${words.join("\n")}
    *) words='${flags(options)}' ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="$words ${Object.keys(commands).join(" ")}"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ -n "$operands" ]; then
    compopt -o filenames
    COMPREPLY+=($(compgen $operands -- "$current"))
  fi
}
complete -F ${identifier} ${name}
`;
}

function bashValue([name, option]: Row): string {
  const answer = {
    words: `COMPREPLY=($(compgen -W '${option.choices?.join(" ")}' -- "$current"))`,
    file: 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$current"))',
    folder: 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$current"))',
    other: "",
  }[kindOf(option)!];
  return `    --${name}) ${answer === "" ? "" : `${answer}; `}return ;;`;
}

function zsh(name: string, program: ProgramRow): string {
  const { commands } = program;
  const described = Object.entries(commands).map(([command, { help }]) =>
    `${command}\\:${zshQuoted(help).replaceAll(" ", "\\ ")}`
  );
  const own = ownCommands(program).map(([command, row]) => {
    const operand = operandOf(row);
    const others = operand === null ? [] : [OPERANDS[operand].zsh];
    return `    (${command}) ${zshArguments(row.options, others)} ;;`;
  });
  return `#compdef ${name}
# Completion of ${name} in zsh.
if (( CURRENT > 2 )) && [[ $words[2] == (${Object.keys(commands).join("|")}) ]]; then
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${own.join("\n")}
    (*) ${zshArguments(program.options)} ;;
  esac
else
  ${zshArguments(program.options, [`'1:command:((${described.join(" ")}))'`])}
fi
`;
}

function zshArguments(table: OptionTable, others: readonly string[] = []): string {
  return ["_arguments", ...others, ...Object.entries(table).map(zshOption)].join(" \\\n      ");
}

function zshOption([name, option]: Row): string {
  const help = `[${zshQuoted(option.help)}]`;
  const kind = kindOf(option);
  if (kind === null) return `'--${name}${help}'`;
  const action = {
    words: `(${option.choices?.join(" ")})`,
    file: "_files",
    folder: "_files -/",
    other: " ",
  }[kind];
  const times = option.repeatable ? "*" : "";
  return `'${times}--${name}=${help}:${zshQuoted(option.placeholder!)}:${action}'`;
}

/** As it may stand between single quotes, brackets and colons. */
function zshQuoted(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}

function fish(name: string, program: ProgramRow): string {
  const { commands, options } = program;
  const own = ownCommands(program);
  const others = own.map(([command]) => command).join(" ");
  const unlessOwn = others === "" ? "" : ` -n 'not __fish_seen_subcommand_from ${others}'`;
  const complete = `complete -c ${name}`;
  return [
    `# Completion of ${name} in fish.`,
    `${complete} -f`,
    ...Object.entries(commands).map(([command, { help }]) =>
      `${complete} -n __fish_is_first_arg -a ${command} -d ${fishQuoted(help)}`
    ),
    ...Object.entries(options).map((row) => `${complete}${unlessOwn} ${fishOption(row)}`),
    ...own.flatMap(([command, row]) => {
      const operand = operandOf(row);
      const where = ` -n '__fish_seen_subcommand_from ${command}'`;
      return [
        ...(operand === null ? [] : [`${complete}${where} ${OPERANDS[operand].fish}`]),
        ...Object.entries(row.options).map((option) => `${complete}${where} ${fishOption(option)}`),
      ];
    }),
    "",
  ].join("\n");
}

function fishOption([name, option]: Row): string {
  const kind = kindOf(option);
  const value = kind === null ? "" : {
    words: ` -x -a '${option.choices?.join(" ")}'`,
    file: " -r -F",
    folder: " -x -a '(__fish_complete_directories)'",
    other: " -x",
  }[kind];
  return `-l ${name}${value} -d ${fishQuoted(option.help)}`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
