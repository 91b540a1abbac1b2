// @ts-check
/// <reference lib="dom" />
/**
 * What stands behind the lines of a chart: bands from lowest to highest, and gaps, each cause in a pattern
 * of its own; and what stands over them: causes in words, where there is room, and names at the ends of lines.
 */
import { CAUSE_WORDS } from "../../../common/gaps.js";

/** @typedef {import("./chart_options.js").Shown} Shown */

/** So far apart the lines of a pattern are, and how they lean: none, both ways, forward. */
const SPACING = 6;
/** @type {Readonly<Record<string, readonly number[]>>} */
const LEANINGS = {
  ...{ down: [1, -1], missed: [0], damaged: [0, 1], lost: [1], way: [1], dropped: [1, -1] },
  ...{ refused: [-1], silent: [], left: [], unheard: [] },
};
/** In which colour of the style each cause is. @type {Readonly<Record<string, string>>} */
const COLORS = {
  ...{ down: "down", missed: "down", damaged: "down" },
  ...{ lost: "lost", way: "lost", dropped: "lost", refused: "lost" },
};
const BAND_ALPHA = 0.2;
const FONT_SIZE = 11;
/** A gap is no narrower than it can be seen. */
const LEAST_WIDTH = 3;
const NAME_HEIGHT = 14;

/** The page's font, small. @param {number} ratio */
export function fontOf(ratio) {
  return `${FONT_SIZE * ratio}px ${getComputedStyle(document.body).fontFamily}`;
}

/** A colour of the style. @param {string} cause */
function gapColor(cause) {
  return `--${COLORS[cause] ?? "silent"}`;
}

/**
 * Paints below the lines.
 *
 * @param {any} plot @param {Shown} shown @param {readonly string[]} ids
 * @param {(name: string) => string} color of the style @param {boolean} hasBands
 */
export function paintPast(plot, shown, ids, color, hasBands) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const gap of gapsOf(plot, shown, ids)) paintGap(plot, gap, color(gapColor(gap.cause)));
  if (hasBands) {
    ids.forEach((id, n) => paintBand(plot, shown.band(id), plot.series[n + 1].stroke()));
  }
  ctx.restore();
}

/** The gaps, and where they are. @param {any} plot @param {Shown} shown @param {readonly string[]} ids */
function gapsOf(plot, shown, ids) {
  return shown.gaps(ids).map((gap) => ({ ...gap, ...edgesOf(plot, gap) }));
}

/** Where a gap is, in pixels of the canvas. @param {any} plot @param {import("./past.js").Gap} gap */
function edgesOf({ bbox, valToPos }, { from, until }) {
  const left = Math.max(bbox.left, valToPos(from, "x", true));
  const right = Math.min(bbox.left + bbox.width, valToPos(until, "x", true));
  const least = LEAST_WIDTH * devicePixelRatio;
  return { left, width: right > left ? Math.max(least, right - left) : 0 };
}

/** @param {any} plot @param {{ left: number, width: number, cause: string }} gap @param {string} color */
function paintGap({ ctx, bbox }, { left, width, cause }, color) {
  if (width === 0) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, width, bbox.height);
  ctx.clip();
  ctx.fillStyle = color;
  ctx.strokeStyle = color;
  const leanings = LEANINGS[cause] ?? [];
  ctx.globalAlpha = leanings.length === 0 ? 0.55 : 0.35;
  ctx.fillRect(left, bbox.top, width, bbox.height);
  ctx.globalAlpha = 1;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.beginPath();
  for (const lean of leanings) {
    const reach = Math.abs(lean) * bbox.height;
    const spacing = SPACING * devicePixelRatio * (lean === 0 ? 1 : Math.SQRT2);
    for (let x = left - reach; x < left + width + reach; x += spacing) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + lean * bbox.height, bbox.top);
    }
  }
  ctx.stroke();
  ctx.restore();
}

/**
 * Writes the word for a cause over the lines, at the foot, the widest gap's first; one that would touch
 * another is left out.
 *
 * @param {any} plot @param {Shown} shown @param {readonly string[]} ids @param {(name: string) => string} color
 */
export function paintWords(plot, shown, ids, color) {
  const { ctx, bbox } = plot;
  const air = 4 * devicePixelRatio;
  ctx.save();
  ctx.textBaseline = "alphabetic";
  ctx.font = fontOf(devicePixelRatio);
  ctx.textAlign = "center";
  ctx.fillStyle = color("--text");
  ctx.strokeStyle = color("--ground");
  ctx.lineWidth = 3 * devicePixelRatio;
  /** @type {{ middle: number, half: number }[]} */
  const written = [];
  for (
    const { left, width, cause } of gapsOf(plot, shown, ids).toSorted((a, b) => b.width - a.width)
  ) {
    const words = CAUSE_WORDS[cause] ?? cause;
    const half = ctx.measureText(words).width / 2;
    const [first, last] = [bbox.left + half, bbox.left + bbox.width - half];
    const middle = Math.min(Math.max(left + width / 2, first), last);
    const isFree = written.every((other) =>
      Math.abs(other.middle - middle) > other.half + half + air
    );
    if (width === 0 || first > last || !isFree) continue;
    written.push({ middle, half });
    ctx.strokeText(words, middle, bbox.top + bbox.height - 5 * devicePixelRatio);
    ctx.fillText(words, middle, bbox.top + bbox.height - 5 * devicePixelRatio);
  }
  ctx.restore();
}

/** @param {any} plot @param {import("./past.js").Band} band @param {string} color */
function paintBand({ ctx, valToPos, data: [times] }, { lowest, highest }, color) {
  ctx.fillStyle = color;
  ctx.globalAlpha = BAND_ALPHA;
  for (const [first, last] of runsOf(lowest)) {
    ctx.beginPath();
    for (let n = first; n <= last; n++) {
      ctx.lineTo(valToPos(times[n], "x", true), valToPos(highest[n], "y", true));
    }
    for (let n = last; n >= first; n--) {
      ctx.lineTo(valToPos(times[n], "x", true), valToPos(lowest[n], "y", true));
    }
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

/** From where to where values are known. @param {readonly (number | null)[]} values */
function runsOf(values) {
  /** @type {[number, number][]} */
  const runs = [];
  values.forEach((value, n) => {
    if (value === null) return;
    const last = runs.at(-1);
    if (last?.[1] === n - 1) last[1] = n;
    else runs.push([n, n]);
  });
  return runs;
}

/** Writes the name of each line at its end, none over another. @param {any} plot */
export function paintNames({ ctx, bbox, data, series, valToPos }) {
  const ratio = devicePixelRatio;
  const ends = series.slice(1).flatMap((/** @type {any} */ line, /** @type {number} */ n) => {
    const values = data[n + 1];
    const value = values[values.findLastIndex((/** @type {number | null} */ v) => v !== null)];
    return value === undefined ? [] : [{ line, y: valToPos(value, "y", true) }];
  }).sort((/** @type {any} */ a, /** @type {any} */ b) => a.y - b.y);
  ctx.save();
  ctx.font = fontOf(ratio);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  let last = -Infinity;
  for (const { line, y } of ends) {
    last = Math.max(y, last + NAME_HEIGHT * ratio);
    ctx.fillStyle = line.stroke();
    ctx.fillText(short(line.label), bbox.left + bbox.width + 6 * ratio, last);
  }
  ctx.restore();
}

/** @param {string} name */
function short(name) {
  return name.length > 14 ? `${name.slice(0, 13)}…` : name;
}
