/**
 * The modules that the page's scripts are made of, as texts, by the names of their files; those of `common`
 * are the server's as well.
 */
import { CATALOGUE } from "./catalogue.js";
import textScript from "../../../common/text.js" with { type: "text" };
import alertDetailsScript from "./alert_details.js" with { type: "text" };
import alertLineScript from "./alert_line.js" with { type: "text" };
import alertsScript from "../../../common/alerts.js" with { type: "text" };
import queueScript from "./queue.js" with { type: "text" };
import alertMenuScript from "./alert_menu.js" with { type: "text" };
import commandsScript from "./commands.js" with { type: "text" };
import mutesScript from "./mutes.js" with { type: "text" };
import picksScript from "./picks.js" with { type: "text" };
import bannerScript from "./banner.js" with { type: "text" };
import cellsScript from "./cells.js" with { type: "text" };
import chartOptionsScript from "./chart_options.js" with { type: "text" };
import chartsScript from "./charts.js" with { type: "text" };
import columnMenuScript from "./column_menu.js" with { type: "text" };
import columnsScript from "./columns.js" with { type: "text" };
import connectionsScript from "./connections.js" with { type: "text" };
import deliveryScript from "./delivery.js" with { type: "text" };
import devicesScript from "./devices.js" with { type: "text" };
import figuresScript from "./figures.js" with { type: "text" };
import dialogScript from "./dialog.js" with { type: "text" };
import domScript from "./dom.js" with { type: "text" };
import emptyScript from "./empty.js" with { type: "text" };
import fleetPageScript from "./fleet_page.js" with { type: "text" };
import gapsScript from "../../../common/gaps.js" with { type: "text" };
import filterScript from "../../../common/filter.js" with { type: "text" };
import formatScript from "../../../common/format.js" with { type: "text" };
import gridCardScript from "./grid_card.js" with { type: "text" };
import gridLayoutScript from "./grid_layout.js" with { type: "text" };
import gridMapScript from "./grid_map.js" with { type: "text" };
import gridPageScript from "./grid_page.js" with { type: "text" };
import gridPaintScript from "./grid_paint.js" with { type: "text" };
import viewsMenuScript from "./views_menu.js" with { type: "text" };
import wallScript from "./wall.js" with { type: "text" };
import waysPageScript from "./ways_page.js" with { type: "text" };
import waysStripsScript from "./ways_strips.js" with { type: "text" };
import waysTableScript from "./ways_table.js" with { type: "text" };
import groupLineScript from "./group_line.js" with { type: "text" };
import coresScript from "./cores.js" with { type: "text" };
import hostPageScript from "./host_page.js" with { type: "text" };
import keysScript from "./keys.js" with { type: "text" };
import indentedScript from "./indented.js" with { type: "text" };
import listScript from "./list.js" with { type: "text" };
import mainScript from "./main.js" with { type: "text" };
import noMatchScript from "./no_match.js" with { type: "text" };
import troublesScript from "../../../common/troubles.js" with { type: "text" };
import limitsScript from "../../../common/limits.js" with { type: "text" };
import hostWordsScript from "../../../common/host_words.js" with { type: "text" };
import pathsScript from "./paths.js" with { type: "text" };
import pastScript from "./past.js" with { type: "text" };
import pastPaintScript from "./past_paint.js" with { type: "text" };
import rangesScript from "./ranges.js" with { type: "text" };
import partScript from "./part.js" with { type: "text" };
import partStreamScript from "./part_stream.js" with { type: "text" };
import popupScript from "./popup.js" with { type: "text" };
import queryScript from "./query.js" with { type: "text" };
import replayScript from "./replay.js" with { type: "text" };
import sharedScript from "./shared.js" with { type: "text" };
import selectionScript from "./selection.js" with { type: "text" };
import seriesScript from "./series.js" with { type: "text" };
import shapesScript from "./shapes.js" with { type: "text" };
import statusScript from "../../../common/status.js" with { type: "text" };
import storeScript from "./store.js" with { type: "text" };
import streamScript from "./stream.js" with { type: "text" };
import tabScript from "./tab.js" with { type: "text" };
import tableScript from "./table.js" with { type: "text" };
import themeScript from "./theme.js" with { type: "text" };
import ticksScript from "./ticks.js" with { type: "text" };
import toolbarScript from "./toolbar.js" with { type: "text" };
import totalsScript from "./totals.js" with { type: "text" };
import tracksScript from "./tracks.js" with { type: "text" };
import compareScript from "./compare.js" with { type: "text" };
import comparePageScript from "./compare_page.js" with { type: "text" };
import compareToolsScript from "./compare_tools.js" with { type: "text" };
import comparedFiguresScript from "./compared_figures.js" with { type: "text" };
import forgetScript from "./forget.js" with { type: "text" };
import hostChartsScript from "./host_charts.js" with { type: "text" };
import hostViewScript from "./host_view.js" with { type: "text" };
import rangeScript from "./range.js" with { type: "text" };
import readoutScript from "./readout.js" with { type: "text" };
import sharesScript from "./shares.js" with { type: "text" };
import tabsScript from "./tabs.js" with { type: "text" };
import waysScript from "../../../common/ways.js" with { type: "text" };
import workerScript from "./worker.js" with { type: "text" };

/** Each by the name of its file. */
export const MODULES: Readonly<Record<string, string>> = {
  "alert_details.js": alertDetailsScript,
  "alert_line.js": alertLineScript,
  "alerts.js": alertsScript,
  "alert_menu.js": alertMenuScript,
  "commands.js": commandsScript,
  "mutes.js": mutesScript,
  "banner.js": bannerScript,
  "picks.js": picksScript,
  "queue.js": queueScript,
  "catalogue.js": `export const CATALOGUE = ${JSON.stringify(CATALOGUE)};\n`,
  "cells.js": cellsScript,
  "chart_options.js": chartOptionsScript,
  "charts.js": chartsScript,
  "column_menu.js": columnMenuScript,
  "columns.js": columnsScript,
  "connections.js": connectionsScript,
  "delivery.js": deliveryScript,
  "devices.js": devicesScript,
  "figures.js": figuresScript,
  "dialog.js": dialogScript,
  "dom.js": domScript,
  "empty.js": emptyScript,
  "filter.js": filterScript,
  "fleet_page.js": fleetPageScript,
  "format.js": formatScript,
  "gaps.js": gapsScript,
  "grid_card.js": gridCardScript,
  "grid_layout.js": gridLayoutScript,
  "grid_map.js": gridMapScript,
  "grid_page.js": gridPageScript,
  "grid_paint.js": gridPaintScript,
  "views_menu.js": viewsMenuScript,
  "wall.js": wallScript,
  "ways_page.js": waysPageScript,
  "ways_strips.js": waysStripsScript,
  "ways_table.js": waysTableScript,
  "group_line.js": groupLineScript,
  "cores.js": coresScript,
  "host_page.js": hostPageScript,
  "indented.js": indentedScript,
  "keys.js": keysScript,
  "list.js": listScript,
  "main.js": mainScript,
  "limits.js": limitsScript,
  "host_words.js": hostWordsScript,
  "no_match.js": noMatchScript,
  "paths.js": pathsScript,
  "part.js": partScript,
  "part_stream.js": partStreamScript,
  "past.js": pastScript,
  "past_paint.js": pastPaintScript,
  "popup.js": popupScript,
  "query.js": queryScript,
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
  "theme.js": themeScript,
  "ticks.js": ticksScript,
  "toolbar.js": toolbarScript,
  "totals.js": totalsScript,
  "tracks.js": tracksScript,
  "troubles.js": troublesScript,
  "compare.js": compareScript,
  "compare_page.js": comparePageScript,
  "compare_tools.js": compareToolsScript,
  "compared_figures.js": comparedFiguresScript,
  "forget.js": forgetScript,
  "host_charts.js": hostChartsScript,
  "host_view.js": hostViewScript,
  "range.js": rangeScript,
  "readout.js": readoutScript,
  "shares.js": sharesScript,
  "tabs.js": tabsScript,
  "ways.js": waysScript,
  "worker.js": workerScript,
};
