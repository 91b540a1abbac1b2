/**
 * Texts with `{{name}}` in them, filled in so that no value can be more than a value: in JSON each becomes
 * a literal, in a URL a part of it. Pure.
 */

/** Values by the names that texts have for them. */
export type Values = Readonly<Record<string, unknown>>;

/** `{{name}}`, or `{{name|filter}}`. */
const PLACEHOLDER = /\{\{\s*([^{}|]*?)\s*(?:\|\s*([^{}|]*?)\s*)?\}\}/g;

/** What makes a text plain where a receiver would find markup in it. */
const FILTERS: ReadonlyMap<string, (text: string) => string> = new Map([
  // As Slack asks for, and as HTML is written.
  ["html", (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")],
  // A block of code of Markdown, in which nothing has a meaning, and which nothing can end.
  ["code", (text) => `\`\`\`\n${text.replaceAll("`", "'")}\n\`\`\``],
]);

/** Whether a text has a secret filled in. */
export const TOKEN_PLACE = /\{\{\s*token\s*[|}]/;

/** Fills in values as literals of JSON. */
export function fillJson(template: string, values: Values): string {
  return fill(template, values, JSON.stringify);
}

/** Fills in values as parts of a URL: none can begin another part. */
export function fillUrl(template: string, values: Values): string {
  return fill(
    template,
    values,
    (value) => encodeURIComponent(String(value ?? "").toWellFormed()).replaceAll("%3A", ":"),
  );
}

/** Fills in values as they are. */
export function fillText(template: string, values: Values): string {
  return fill(template, values, (value) => String(value ?? ""));
}

function fill(template: string, values: Values, write: (value: unknown) => string): string {
  return template.replace(PLACEHOLDER, (_, name: string, filter: string | undefined) => {
    const value = values[name] ?? null;
    const plain = FILTERS.get(filter ?? "");
    return write(plain === undefined ? value : plain(String(value ?? "")));
  });
}

/** Checks that a text names only values and filters that there are. @throws {RangeError} that completes a sentence. */
export function checkPlaceholders(template: string, field: string, names: readonly string[]): void {
  for (const [, name, filter] of template.matchAll(PLACEHOLDER)) {
    if (!names.includes(name!)) {
      throw new RangeError(`${field} has {{${name}}}; there are ${names.join(", ")}`);
    }
    if (filter !== undefined && !FILTERS.has(filter)) {
      throw new RangeError(
        `${field} has {{…|${filter}}}; there are ${[...FILTERS.keys()].join(", ")}`,
      );
    }
  }
}

/** Checks that a template makes JSON. @throws {RangeError} that does not quote it, as it may hold a secret. */
export function checkJson(template: string, values: Values): void {
  checkPlaceholders(template, "template", Object.keys(values));
  try {
    JSON.parse(fillJson(template, values));
  } catch (error) {
    const place = /position \d+/.exec((error as Error).message)?.[0];
    const where = place === undefined ? "" : ` at ${place}`;
    throw new RangeError(
      `template is not JSON when it is filled in${where}; values bring their own quotes`,
    );
  }
}
