// @ts-check
/// <reference lib="dom" />
/**
 * Paints the cells of a grid: a share in seven steps of heat, and in another shape whatever is unusual, so
 * that nothing is told by its colour alone.
 */
import { HOST_STATUSES } from "../../../common/status.js";
import { colorOf } from "./theme.js";
import { stepOf, STEPS } from "../../../common/troubles.js";

/** @typedef {import("./grid_layout.js").Layout} Layout */
/** @typedef {{ values: readonly (number | null)[], statuses: string, isAlerted: (index: number) => boolean }} Cells */

const HEAT = STEPS.map((_, step) => `--h${step}`);
/** From which size on a cell has room for its number, a dot, a cross. */
const [WITH_NUMBER, WITH_DOT, THICK] = [24, 7, 13];
/** The inks of numbers on each step of heat. */
const INKS = ["--text", "--text", "--text", "--ink-h3", "--ink-h4", "--ink-h4", "--ground"];
const OFFLINE = HOST_STATUSES.indexOf("offline");
const STALE = HOST_STATUSES.indexOf("stale");
const LEFT = HOST_STATUSES.indexOf("left");

/** Paints all. @param {CanvasRenderingContext2D} context @param {Layout} layout @param {Cells} cells @param {string} font */
export function paintCells(context, layout, cells, font) {
  const { size, step, columns, blocks } = layout;
  const colors = colorsOf();
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `${Math.round(Math.max(size >= 30 ? 12 : 11, 0.36 * size))}px ${font}`;
  // By the shape of each, as a change of colour costs more than a cell.
  /** @type {[x: number, y: number, index: number][][]} */
  const alike = [...HEAT.map(() => []), [], [], [], []];
  for (const { first, count, left, top } of blocks) {
    for (let at = 0; at < count; at++) {
      const x = left + (at % columns) * step;
      const y = top + Math.floor(at / columns) * step;
      alike[shapeOf(cells, first + at)]?.push([x, y, first + at]);
    }
  }
  const [unknown, offline, stale, gone] = alike.slice(HEAT.length);
  alike.slice(0, HEAT.length).forEach((some, heat) => {
    context.fillStyle = colors.heat[heat] ?? "";
    for (const [x, y] of some) context.fillRect(x, y, size, size);
    if (size >= WITH_NUMBER) {
      context.fillStyle = colors.inks[heat] ?? "";
      for (const [x, y, index] of some) {
        context.fillText(String(cells.values[index]), x + size / 2, y + size / 2 + 0.5);
      }
    } else if (heat === HEAT.length - 1 && size >= WITH_DOT) {
      context.fillStyle = colors.ground;
      for (const [x, y] of some) context.fillRect(x + size / 2 - 1, y + size / 2 - 1, 2, 2);
    }
  });
  frame(context, unknown, size, colors.line);
  for (const [x, y] of unknown ?? []) {
    context.fillRect(x + size * 0.3, y + size / 2 - 0.5, size * 0.4, 1);
  }
  frame(context, gone, size, colors.line);
  frame(context, stale, size, colors.stale);
  for (const [x, y] of stale ?? []) context.fillRect(x, y, size / 2, size);
  context.lineWidth = size >= THICK ? 1.5 : 1;
  frame(context, offline, size, colors.offline);
  cross(context, offline, size);
  context.lineWidth = 1;
  mark(context, alike, size, colors, cells);
}

/** @param {Cells} cells @param {number} index */
function shapeOf({ values, statuses }, index) {
  const status = statuses.charCodeAt(index) - 48;
  if (status === OFFLINE) return HEAT.length + 1;
  if (status === STALE) return HEAT.length + 2;
  if (status === LEFT) return HEAT.length + 3;
  const value = values[index] ?? null;
  return value === null ? HEAT.length : stepOf(value);
}

function colorsOf() {
  return {
    heat: HEAT.map(colorOf),
    inks: INKS.map(colorOf),
    ground: colorOf("--ground"),
    line: colorOf("--faint"),
    stale: colorOf("--stale"),
    offline: colorOf("--offline"),
    alert: colorOf("--critical"),
  };
}

/** @param {CanvasRenderingContext2D} context @param {[x: number, y: number, index: number][] | undefined} some @param {number} size @param {string} color */
function frame(context, some, size, color) {
  context.strokeStyle = context.fillStyle = color;
  for (const [x, y] of some ?? []) context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
}

/** @param {CanvasRenderingContext2D} context @param {[x: number, y: number, index: number][] | undefined} some @param {number} size */
function cross(context, some, size) {
  const edge = size * 0.28;
  context.beginPath();
  for (const [x, y] of some ?? []) {
    context.moveTo(x + edge, y + edge);
    context.lineTo(x + size - edge, y + size - edge);
    context.moveTo(x + size - edge, y + edge);
    context.lineTo(x + edge, y + size - edge);
  }
  context.stroke();
}

/** A corner for each that an alert is of. @param {CanvasRenderingContext2D} context @param {[x: number, y: number, index: number][][]} alike @param {number} size @param {ReturnType<typeof colorsOf>} colors @param {Cells} cells */
function mark(context, alike, size, colors, { isAlerted }) {
  const corner = Math.max(4, size * 0.32);
  context.fillStyle = colors.alert;
  context.strokeStyle = colors.ground;
  for (const [x, y, index] of alike.flat()) {
    if (!isAlerted(index)) continue;
    context.beginPath();
    context.moveTo(x + size - corner, y);
    context.lineTo(x + size, y);
    context.lineTo(x + size, y + corner);
    context.closePath();
    context.fill();
    context.stroke();
  }
}
