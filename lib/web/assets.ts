/**
 * The page's own files, in memory since the start: the shell that every page of it is, and what
 * the shell loads. Pure; nothing is fetched from elsewhere.
 */
import shell from "./page/index.html" with { type: "text" };
import uPlotScript from "uplot/dist/uPlot.esm.js" with { type: "text" };
import uPlotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };

/** One file. */
export interface Asset {
  readonly text: string;
  readonly type: string;
  /** Changes when the text does. */
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

/** The page. */
export const SHELL: Asset = assetOf("index.html", shell);

/** What `/assets/NAME` serves, by name. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map(
  Object.entries({
    "uPlot.esm.js": uPlotScript,
    "uPlot.min.css": uPlotStyle,
  }).map(([name, text]) => [name, assetOf(name, text)]),
);

function assetOf(name: string, text: string): Asset {
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)]!;
  return { text, type, etag: `"${hash(text)}"` };
}

/** FNV-1a, 32 bits, and the length: enough to tell two versions of a file apart. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  }
  return `${value.toString(16)}-${text.length.toString(16)}`;
}
