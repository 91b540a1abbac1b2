// @ts-check
/// <reference lib="dom" />
/**
 * What stands behind the lines of a chart of the kept past: bands from lowest to highest, and gaps, each
 * cause in a pattern of its own and, where there is room, in words.
 */
import { CAUSE_WORDS } from "./past.js";

/** @typedef {import("./past.js").KeptPast} KeptPast */

/** So far apart the lines of a pattern are, and how they lean: none, both ways, forward. */
const SPACING = 6;
/** @type {Readonly<Record<string, readonly number[]>>} */
const LEANINGS = {
  ...{ down: [0], missed: [0], silent: [1], left: [] },
  ...{ lost: [1, -1], way: [1, -1], dropped: [1, -1], refused: [1, -1] },
};
const BAND_ALPHA = 0.2;
const FONT_SIZE = 11;

/** Paints below the lines. @param {any} plot @param {KeptPast} past @param {readonly string[]} metrics @param {string} color of the gaps */
export function paintPast(plot, past, metrics, color) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const gap of past.gaps) paintGap(plot, gap, color);
  metrics.forEach((id, n) => paintBand(plot, past, id, plot.series[n + 1].stroke()));
  ctx.restore();
}

/** @param {any} plot @param {import("./past.js").Gap} gap @param {string} color */
function paintGap({ ctx, bbox, valToPos }, { from, until, cause }, color) {
  const ratio = devicePixelRatio;
  const left = Math.max(bbox.left, valToPos(from, "x", true));
  const right = Math.min(bbox.left + bbox.width, valToPos(until, "x", true));
  const width = right - left;
  if (width <= 0) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, Math.max(1, width), bbox.height);
  ctx.clip();
  ctx.globalAlpha = 0.12;
  ctx.fillStyle = color;
  ctx.fillRect(left, bbox.top, Math.max(1, width), bbox.height);
  ctx.globalAlpha = 0.35;
  ctx.strokeStyle = color;
  ctx.lineWidth = ratio;
  ctx.beginPath();
  for (const lean of LEANINGS[cause] ?? []) {
    const reach = Math.abs(lean) * bbox.height;
    for (let x = left - reach; x < right + reach; x += SPACING * ratio) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + lean * bbox.height, bbox.top);
    }
  }
  ctx.stroke();
  ctx.globalAlpha = 1;
  ctx.font = `${FONT_SIZE * ratio}px system-ui, sans-serif`;
  const words = CAUSE_WORDS[cause] ?? cause;
  if (ctx.measureText(words).width + 8 * ratio < width) {
    ctx.fillStyle = color;
    ctx.fillText(words, left + 4 * ratio, bbox.top + bbox.height - 5 * ratio);
  }
  ctx.restore();
}

/** @param {any} plot @param {KeptPast} past @param {string} id @param {string} color */
function paintBand({ ctx, valToPos }, past, id, color) {
  const { lowest, highest } = past.band(id);
  ctx.fillStyle = color;
  ctx.globalAlpha = BAND_ALPHA;
  for (const [first, last] of runsOf(lowest)) {
    ctx.beginPath();
    for (let n = first; n <= last; n++) {
      ctx.lineTo(valToPos(past.times[n], "x", true), valToPos(highest[n], "y", true));
    }
    for (let n = last; n >= first; n--) {
      ctx.lineTo(valToPos(past.times[n], "x", true), valToPos(lowest[n], "y", true));
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
