/**
 * Reads what stands below one destination in the file of alerts: fields that are known, of the right
 * type, and secrets by the name of a file or a variable, never as they are. Pure; whatever is wrong is a
 * `RangeError` with one line.
 */
import { nearestOf } from "../../common/option_reader.ts";
import { UNSAFE_CHARACTER } from "../../common/text.js";
import type { DestinationSurroundings, Secrets } from "./destination.ts";

/** A value that is looked up for each delivery, as its file may have changed. */
export type Secret = () => Promise<string>;

const MAX_LENGTH = 8_192;
/** In a header and in a URL these mean themselves. */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** The fields of one destination. Each that is read is known; `end` refuses the others. */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #secrets: Secrets;
  readonly #known = new Set<string>();

  constructor(value: unknown, { secrets }: Pick<DestinationSurroundings, "secrets">) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new RangeError("it must have fields, such as webhook: URL");
    }
    this.#values = new Map(Object.entries(value));
    this.#secrets = secrets;
  }

  /** Whether a field is set. */
  has(name: string): boolean {
    this.#known.add(name);
    return (this.#values.get(name) ?? null) !== null;
  }

  /** A field as it is; `null` where it is not set. */
  value(name: string): unknown {
    return this.has(name) ? this.#values.get(name) : null;
  }

  /** A text of one or several lines; `null` where it is not set. */
  text(name: string): string | null {
    const value = this.value(name);
    if (value === null) return null;
    if (typeof value !== "string" || value === "" || value.length > MAX_LENGTH) {
      throw new RangeError(`${name} must be a text of at most ${MAX_LENGTH} characters`);
    }
    return value;
  }

  /** A text in one line. */
  line(name: string): string | null {
    const text = this.text(name);
    if (text !== null && UNSAFE_CHARACTER.test(text)) {
      throw new RangeError(`${name} must not hold control or invisible characters`);
    }
    return text;
  }

  /** One of some words; the first where it is not set. */
  choice<T extends string>(name: string, choices: readonly T[]): T {
    const text = this.text(name) ?? choices[0]!;
    const choice = choices.find((word) => word === text);
    if (choice === undefined) throw new RangeError(`${name} must be one of ${choices.join(", ")}`);
    return choice;
  }

  /** One text, or a list of some. */
  lines(name: string): readonly string[] {
    const value = this.value(name) ?? [];
    const list = Array.isArray(value) ? value : [value];
    return list.map((item) => new Fields({ [name]: item }, { secrets: this.#secrets }).line(name)!);
  }

  /** The fields below a field; `null` where it is not set. */
  fields(name: string): Fields | null {
    const value = this.value(name);
    return value === null ? null : new Fields(value, { secrets: this.#secrets });
  }

  /** Texts by names of the user's own. */
  texts(name: string): ReadonlyMap<string, string> {
    const inner = this.fields(name);
    if (inner === null) return new Map();
    return new Map(inner.#values.keys().map((key) => [key, inner.line(key) ?? ""]));
  }

  /** Whether a text of a field, or below it, has a part of that kind. */
  mentions(pattern: RegExp): boolean {
    return pattern.test(JSON.stringify([...this.#values]));
  }

  /** A secret that `NAME-file` or `NAME-env` names; `null` where neither is set. */
  secret(name: string): Secret | null {
    if (this.has(name)) {
      throw new RangeError(`${name} must not stand in this file: name its file with ${name}-file`);
    }
    const path = this.line(`${name}-file`);
    const variable = this.line(`${name}-env`);
    if (path !== null && variable !== null) {
      throw new RangeError(`${name}-file and ${name}-env are set: only one can be meant`);
    }
    const { file, variable: read } = this.#secrets;
    if (path !== null) return async () => checked(await file(path), `the file ${path}`);
    // Not at once: it may be set where the server runs, and not where its file is checked.
    const lookUp = () => checked(read(variable!) ?? "", `the variable ${variable}`);
    return variable === null ? null : () => Promise.resolve().then(lookUp);
  }

  /** Where `NAME-file` or `NAME-env` says that a secret is, as people are told. */
  placeOf(name: string): string {
    return this.line(`${name}-file`) ?? `$${this.line(`${name}-env`)}`;
  }

  /** Refuses what was not asked for. */
  end(): void {
    const unknown = this.#values.keys().find((name) => !this.#known.has(name));
    if (unknown === undefined) return;
    const nearest = nearestOf(unknown, [...this.#known]);
    const hint = nearest === null ? "" : `; did you mean ${nearest}?`;
    throw new RangeError(`there is no field ${JSON.stringify(unknown)}${hint}`);
  }
}

function checked(text: string, place: string): string {
  const secret = text.trim();
  if (VISIBLE_ASCII.test(secret) && secret.length <= MAX_LENGTH) return secret;
  const state = secret === "" ? "it is empty" : "it must hold one line of visible ASCII characters";
  throw new RangeError(`Cannot use ${place}: ${state}`);
}

/** Reads a URL of `http` or `https`. @throws {RangeError} that does not quote it, as it may hold a secret. */
export function readUrl(text: string, name: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new RangeError(`${name} must be a URL that begins with https:// or http://`);
  }
  checkBare(url, name);
  url.hash = "";
  return url;
}

/** Refuses a URL that holds a user or a password. @throws {RangeError} */
export function checkBare({ username, password }: URL, name: string): void {
  if (username === "" && password === "") return;
  throw new RangeError(`${name} must not hold a user or a password: see user and password-file`);
}

/** A user with a password; neither without the other. @throws {RangeError} */
export function readUser(fields: Fields) {
  const user = fields.line("user");
  const password = fields.secret("password");
  if ((user === null) === (password === null)) return { user, password };
  throw new RangeError("user needs password-file or password-env, and the other way round");
}

/** The headers that prove who we are, from `token-…`, or `user` and `password-…`; looked up for each delivery. */
export function readAuthorization(
  fields: Fields,
): () => Promise<
  { readonly headers: Record<string, string>; readonly secrets: readonly string[] }
> {
  const token = fields.secret("token");
  const { user, password } = readUser(fields);
  if (token !== null && user !== null) {
    throw new RangeError("a token and a user are set: only one can be meant");
  }
  return async () => {
    if (token !== null) return authorized(`Bearer ${await token()}`);
    if (password === null) return { headers: {}, secrets: [] };
    const secret = await password();
    const bytes = new TextEncoder().encode(`${user}:${secret}`);
    const { headers, secrets } = authorized(`Basic ${bytes.toBase64()}`);
    return { headers, secrets: [...secrets, secret] };
  };
}

function authorized(authorization: string) {
  return { headers: { authorization }, secrets: [authorization] };
}
