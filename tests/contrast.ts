/** The contrast of two colours, as WCAG 2.2 has it, for tests of the page. Pure. */

/** Red, green and blue, from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** A colour as a style sheet writes it: `#18202a`. */
export function rgbOf(text: string): Rgb {
  const value = Number.parseInt(text.slice(1), 16);
  return [value >> 16, value >> 8 & 255, value & 255];
}

/** From 1, of equal colours, to 21, of black on white. */
export function contrastOf(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminanceOf(a), luminanceOf(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance. */
function luminanceOf(color: Rgb): number {
  const [red, green, blue] = color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
