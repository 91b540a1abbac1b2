/**
 * Makes one script of many modules, so that a browser asks once where it would ask forty times.
 * Pure. It knows of the language what those modules use: named imports, and exported declarations,
 * each at the beginning of a line. A module goes by the name of its file, wherever that is.
 */

const IMPORT = /^import \{([^}]*)\} from "\.{1,2}\/(?:[^"]+\/)?([^"/]+)";$/gm;
const EXPORT = /^export ((?:async )?(?:function|class|const|let) (\w+))/gm;
/** What either of them should have taken. */
const OTHER = /^(?:import|export)\b.*/m;

/**
 * The script that does what the module `entry` does. Each module becomes a function that runs once,
 * after those that it imports, and gives what it exports.
 *
 * @throws {RangeError} when a module is missing, imports itself by a detour, or is written otherwise
 */
export function bundle(entry: string, modules: Readonly<Record<string, string>>): string {
  const parts: string[] = [];
  const places = new Map<string, number | null>();
  const add = (name: string): number => {
    const known = places.get(name);
    if (typeof known === "number") return known;
    const text = modules[name];
    if (known === null || text === undefined) {
      throw new RangeError(
        `Cannot bundle ${name}: ${text ? "it imports itself" : "no such module"}`,
      );
    }
    places.set(name, null);
    const part = scopeOf(name, text, add);
    places.set(name, parts.length);
    return parts.push(`const m${parts.length} = ${part}`) - 1;
  };
  add(entry);
  return parts.join("\n");
}

/** A module as a function that has been called; `placeOf` tells where another one is. */
function scopeOf(name: string, text: string, placeOf: (name: string) => number): string {
  const names: string[] = [];
  const body = text
    .replace(
      IMPORT,
      (_, list: string, from: string) =>
        `const {${list.replaceAll(/\bas\b/g, ":")}} = m${placeOf(from)};`,
    )
    .replace(EXPORT, (_, declaration: string, exported: string) => {
      names.push(exported);
      return declaration;
    });
  const other = OTHER.exec(body)?.[0];
  if (other !== undefined) throw new RangeError(`Cannot bundle ${name}: ${other}`);
  return `(() => {\n${body}return { ${names.join(", ")} };\n})(); // ${name}\n`;
}
