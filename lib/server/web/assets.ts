/**
 * The page's own files, in memory since the start: the shell that every page of it is, and the few files
 * that it loads. One script is made of many modules, so that a browser asks once where it would ask forty
 * times. Pure; nothing is fetched from elsewhere.
 */
import { type Address, formatAddress } from "../../common/address.ts";
import textScript from "../../common/text.js" with { type: "text" };
import alertDetailsScript from "./page/alert_details.js" with { type: "text" };
import alertLineScript from "./page/alert_line.js" with { type: "text" };
import alertMenuScript from "./page/alert_menu.js" with { type: "text" };
import alertsScript from "../../common/alerts.js" with { type: "text" };
import { CATALOGUE } from "./page/catalogue.js";
import bannerScript from "./page/banner.js" with { type: "text" };
import baseStyle from "./page/base.css" with { type: "text" };
import cellsScript from "./page/cells.js" with { type: "text" };
import chartOptionsScript from "./page/chart_options.js" with { type: "text" };
import chartsScript from "./page/charts.js" with { type: "text" };
import columnMenuScript from "./page/column_menu.js" with { type: "text" };
import columnsScript from "./page/columns.js" with { type: "text" };
import connectionsScript from "./page/connections.js" with { type: "text" };
import commandsScript from "./page/commands.js" with { type: "text" };
import deliveryScript from "./page/delivery.js" with { type: "text" };
import devicesScript from "./page/devices.js" with { type: "text" };
import figuresScript from "./page/figures.js" with { type: "text" };
import domScript from "./page/dom.js" with { type: "text" };
import emptyScript from "./page/empty.js" with { type: "text" };
import fleetStyle from "./page/fleet.css" with { type: "text" };
import fleetPageScript from "./page/fleet_page.js" with { type: "text" };
import gapsScript from "../../common/gaps.js" with { type: "text" };
import filterScript from "../../common/filter.js" with { type: "text" };
import formatScript from "../../common/format.js" with { type: "text" };
import groupLineScript from "./page/group_line.js" with { type: "text" };
import heatScript from "./page/heat.js" with { type: "text" };
import hostStyle from "./page/host.css" with { type: "text" };
import hostPageScript from "./page/host_page.js" with { type: "text" };
import iconPicture from "./page/icon.svg" with { type: "text" };
import loginScript from "./page/login.js" with { type: "text" };
import loginStyle from "./page/login.css" with { type: "text" };
import indentedScript from "./page/indented.js" with { type: "text" };
import mainScript from "./page/main.js" with { type: "text" };
import limitsScript from "../../common/limits.js" with { type: "text" };
import mutesScript from "./page/mutes.js" with { type: "text" };
import notesScript from "./page/notes.js" with { type: "text" };
import pathsScript from "./page/paths.js" with { type: "text" };
import pastScript from "./page/past.js" with { type: "text" };
import pastPaintScript from "./page/past_paint.js" with { type: "text" };
import queueScript from "./page/queue.js" with { type: "text" };
import queueStyle from "./page/queue.css" with { type: "text" };
import rangesScript from "./page/ranges.js" with { type: "text" };
import partScript from "./page/part.js" with { type: "text" };
import partStreamScript from "./page/part_stream.js" with { type: "text" };
import popupScript from "./page/popup.js" with { type: "text" };
import queryScript from "./page/query.js" with { type: "text" };
import replayScript from "./page/replay.js" with { type: "text" };
import sharedScript from "./page/shared.js" with { type: "text" };
import selectionScript from "./page/selection.js" with { type: "text" };
import seriesScript from "./page/series.js" with { type: "text" };
import shapesScript from "./page/shapes.js" with { type: "text" };
import statusScript from "../../common/status.js" with { type: "text" };
import storeScript from "./page/store.js" with { type: "text" };
import streamScript from "./page/stream.js" with { type: "text" };
import tabScript from "./page/tab.js" with { type: "text" };
import tableScript from "./page/table.js" with { type: "text" };
import ticksScript from "./page/ticks.js" with { type: "text" };
import toolbarScript from "./page/toolbar.js" with { type: "text" };
import totalsScript from "./page/totals.js" with { type: "text" };
import tracksScript from "./page/tracks.js" with { type: "text" };
import workerScript from "./page/worker.js" with { type: "text" };
import shell from "./page/index.html" with { type: "text" };
import uPlotScript from "uplot/dist/uPlot.esm.js" with { type: "text" };
import uPlotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import type { Asset } from "./http/response.ts";
import { columnStyle } from "./column_style.ts";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml; charset=utf-8",
};

/** The modules of the page, by name; those of `common` are the server's as well. */
const MODULES: Readonly<Record<string, string>> = {
  "alert_details.js": alertDetailsScript,
  "alert_line.js": alertLineScript,
  "alert_menu.js": alertMenuScript,
  "alerts.js": alertsScript,
  "banner.js": bannerScript,
  "catalogue.js": `export const CATALOGUE = ${JSON.stringify(CATALOGUE)};\n`,
  "cells.js": cellsScript,
  "chart_options.js": chartOptionsScript,
  "charts.js": chartsScript,
  "column_menu.js": columnMenuScript,
  "columns.js": columnsScript,
  "connections.js": connectionsScript,
  "commands.js": commandsScript,
  "delivery.js": deliveryScript,
  "devices.js": devicesScript,
  "figures.js": figuresScript,
  "dom.js": domScript,
  "empty.js": emptyScript,
  "filter.js": filterScript,
  "fleet_page.js": fleetPageScript,
  "format.js": formatScript,
  "gaps.js": gapsScript,
  "group_line.js": groupLineScript,
  "heat.js": heatScript,
  "host_page.js": hostPageScript,
  "indented.js": indentedScript,
  "main.js": mainScript,
  "limits.js": limitsScript,
  "mutes.js": mutesScript,
  "notes.js": notesScript,
  "paths.js": pathsScript,
  "part.js": partScript,
  "part_stream.js": partStreamScript,
  "past.js": pastScript,
  "past_paint.js": pastPaintScript,
  "popup.js": popupScript,
  "query.js": queryScript,
  "queue.js": queueScript,
  "ranges.js": rangesScript,
  "replay.js": replayScript,
  "selection.js": selectionScript,
  "series.js": seriesScript,
  "shared.js": sharedScript,
  "shapes.js": shapesScript,
  "status.js": statusScript,
  "store.js": storeScript,
  "stream.js": streamScript,
  "tab.js": tabScript,
  "table.js": tableScript,
  "text.js": textScript,
  "ticks.js": ticksScript,
  "toolbar.js": toolbarScript,
  "totals.js": totalsScript,
  "tracks.js": tracksScript,
  "worker.js": workerScript,
};

/** Of the language it knows what those modules use: named imports, and exported declarations, each at the beginning of a line. A module goes by the name of its file. */
const IMPORT = /^import \{([^}]*)\} from "\.{1,2}\/(?:[^"]+\/)?([^"/]+)";$/gm;
const EXPORT = /^export ((?:async )?(?:function|class|const|let) (\w+))/gm;
/** What either of them should have taken. */
const OTHER = /^(?:import|export)\b.*/m;

const TEXTS: Readonly<Record<string, string>> = {
  "base.css": baseStyle,
  "icon.svg": iconPicture,
  "login.css": loginStyle,
  "login.js": loginScript,
  "page.css": [uPlotStyle, baseStyle, fleetStyle, columnStyle(), hostStyle, queueStyle].join("\n"),
  "page.js": bundle("main.js", MODULES),
  "uPlot.esm.js": uPlotScript,
  "worker.js": bundle("worker.js", MODULES),
};

/** What `/assets/NAME` serves, by name. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map(
  Object.entries(TEXTS).map(([name, text]) => [name, assetOf(name, text)]),
);

/** Changes when any of the files does: what `/assets/VERSION/NAME` serves stays for ever what it is. */
export const VERSION = hash(Object.values(TEXTS).join());

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
  for (const letter of text) value = Math.imul(value ^ letter.codePointAt(0)!, 0x01000193) >>> 0;
  return `${value.toString(16)}-${text.length.toString(16)}`;
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
