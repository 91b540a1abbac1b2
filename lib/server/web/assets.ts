/**
 * The page's own files, in memory since the start: the shell that every page of it is, and the few files
 * that it loads. One script is made of many modules, so that a browser asks once where it would ask sixty
 * times, and the style of columns of the catalogue. Pure; nothing is fetched from elsewhere.
 */
import { type Address, formatAddress } from "../../common/address.ts";
import { MODULES } from "./page/modules.ts";
import baseStyle from "./page/base.css" with { type: "text" };
import gridStyle from "./page/grid.css" with { type: "text" };
import wallStyle from "./page/wall.css" with { type: "text" };
import waysStyle from "./page/ways.css" with { type: "text" };
import fleetStyle from "./page/fleet.css" with { type: "text" };
import hostStyle from "./page/host.css" with { type: "text" };
import iconPicture from "./page/icon.svg" with { type: "text" };
import statusStyle from "./page/status.css" with { type: "text" };
import loginScript from "./page/login.js" with { type: "text" };
import loginStyle from "./page/login.css" with { type: "text" };
import queueStyle from "./page/queue.css" with { type: "text" };
import chartsStyle from "./page/charts.css" with { type: "text" };
import compareStyle from "./page/compare.css" with { type: "text" };
import tokens from "./page/tokens.css" with { type: "text" };
import phoneStyle from "./page/phone.css" with { type: "text" };
import shell from "./page/index.html" with { type: "text" };
import uPlotScript from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import uPlotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import type { Asset } from "./http/response.ts";
import { columnStyle } from "./page/column_style.ts";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml; charset=utf-8",
};

/** Of the language it knows what those modules use: named imports, and exported declarations, each at the beginning of a line. A module goes by the name of its file. */
const IMPORT = /^import \{([^}]*)\} from "\.{1,2}\/(?:[^"]+\/)?([^"/]+)";$/gm;
const EXPORT = /^export ((?:async )?(?:function|class|const|let) (\w+))/gm;
/** Lines that are nothing but comment, which a browser need not load. */
const COMMENTS = /^[ \t]*(?:\/\*\*(?:(?!\*\/)[^])*\*\/|\/\/.*)\n/gm;
/** What either of them should have taken. */
const OTHER = /^(?:import|export)\b.*/m;

const TEXTS: Readonly<Record<string, string>> = {
  "base.css": `${tokens}\n${baseStyle}`,
  "icon.svg": iconPicture,
  "login.css": loginStyle,
  "status.css": statusStyle,
  "login.js": loginScript,
  "page.css": [
    uPlotStyle,
    tokens,
    baseStyle,
    fleetStyle,
    gridStyle,
    columnStyle(),
    hostStyle,
    queueStyle,
    chartsStyle,
    compareStyle,
    waysStyle,
    wallStyle,
    phoneStyle,
  ].join("\n"),
  "page.js": bundle("main.js", MODULES),
  "theme.js": bundle("theme.js", MODULES),
  // The small one of its files is no module.
  "uPlot.esm.js": `${uPlotScript}\nexport default uPlot;\n`,
  "worker.js": bundle("worker.js", MODULES),
};

/** What `/assets/NAME` serves, by name. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map(
  Object.entries(TEXTS).map(([name, text]) => [name, assetOf(name, text)]),
);

/** Changes when any of the files does: what `/assets/VERSION/NAME` serves stays for ever what it is. */
export const VERSION = hash(Array.from(ASSETS.values(), ({ etag }) => etag).join());

/** The page of a server with default settings. */
export const SHELL: Asset = shellFor("/", []);

/** The page below `base`; `listening` is where agents send to, and `isKept` whether a past is kept on disk. */
export function shellFor(base: string, listening: readonly Address[], isKept = false): Asset {
  const text = shell.replaceAll('="/assets/', `="/assets/${VERSION}/`)
    .replaceAll('="/', `="${base}`)
    .replace('content="KEPT"', `content="${isKept ? "disk" : "memory"}"`)
    .replace('content="LISTENING"', `content="${listening.map(formatAddress).join(" ")}"`);
  return assetOf("index.html", text);
}

function assetOf(name: string, text: string): Asset {
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)]!;
  return { text, type, etag: `"${hash(text)}"` };
}

/** FNV-1a, 32 bits, and the length: enough to tell two versions of a file apart. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  // By code units: a string for each letter would take several times as long, at every start.
  for (let n = 0; n < text.length; n++) value = Math.imul(value ^ text.charCodeAt(n), 0x01000193);
  return `${(value >>> 0).toString(16)}-${text.length.toString(16)}`;
}

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
      const state = text ? "it imports itself" : "no such module";
      throw new RangeError(`Cannot bundle ${name}: ${state}`);
    }
    places.set(name, null);
    const part = scopeOf(name, text, add);
    places.set(name, parts.length);
    return parts.push(`const m${parts.length} = ${part}`) - 1;
  };
  add(entry);
  return parts.join("\n");
}

/** A script without the lines that are nothing but comment. */
export function withoutComments(text: string): string {
  return text.replaceAll(COMMENTS, "");
}

/** A module as a function that has been called; `placeOf` tells where another one is. */
function scopeOf(name: string, text: string, placeOf: (name: string) => number): string {
  const names: string[] = [];
  const body = withoutComments(text)
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
