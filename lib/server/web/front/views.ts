/**
 * The views whose fleets a front shows, asked together. One that does not answer holds up nobody: what the
 * others say is taken without it, and who asks is told which it is. Pure.
 */
import { formatCountOf } from "../../../common/format.js";
import { HttpError } from "../http/response.ts";
import {
  type Data,
  type Manner,
  missingAt,
  type MissingView,
  SMALL_PATH,
  View,
  type ViewAnswer,
  type ViewDevices,
} from "./view.ts";

/** What all views say to one question. */
export interface Answers {
  readonly answers: readonly ViewAnswer[];
  readonly missing: readonly MissingView[];
}

/** All of them. */
export class Views {
  readonly #views: readonly View[];

  constructor(bases: readonly URL[], devices: ViewDevices) {
    this.#views = bases.map((base) => new View(base, devices));
  }

  /** What they are called. */
  get names(): readonly string[] {
    return this.#views.map(({ name }) => name);
  }

  /** What each says to a path of its own, in their order; those of which `pathOf` gives none are not asked. */
  async ask(pathOf: (view: View) => string | undefined, manner: Manner = {}): Promise<Answers> {
    const answers: ViewAnswer[] = [];
    const missing: MissingView[] = [];
    const asked = this.#views.flatMap((view) => {
      const path = pathOf(view);
      return path === undefined
        ? []
        : [view.ask(path, manner).catch((error) => view.missing(error))];
    });
    for (const answer of await Promise.all(asked)) {
      if ("failure" in answer) missing.push(answer);
      else answers.push(answer);
    }
    return { answers, missing };
  }

  /** The same, where whoever answers nothing else than is expected is at fault: the question is known to be good. */
  async demand(
    pathOf: (view: View) => string | undefined,
    manner: Manner = {},
    expected: readonly number[] = [200],
  ): Promise<Answers> {
    const { answers, missing } = await this.ask(pathOf, manner);
    const [good = [], bad = []] = [true, false].map((isGood) =>
      answers.filter(({ status }) => expected.includes(status) === isGood)
    );
    return { answers: good, missing: [...missing, ...bad.map(missingAt)] };
  }

  /**
   * The same, where a question may be refused: as whoever does where all do.
   * @throws {HttpError} as they refuse it, or 502 where none answers.
   */
  async gather(path: string, manner: Manner = {}): Promise<Answers> {
    const { answers, missing } = await this.ask(() => path, manner);
    const found = answers.filter(({ status }) => status === 200);
    if (found.length === 0) throw refusalOf(answers[0], missing);
    const refused = answers.filter(({ status }) => status !== 200).map(missingAt);
    return { answers: found, missing: [...missing, ...refused] };
  }

  /** Whether any of them keeps a past on disk; so of those that have never answered. */
  async isKept(): Promise<boolean> {
    const isUnknown = ({ isKept }: View) => isKept === null;
    await this.ask((view) => isUnknown(view) ? SMALL_PATH : undefined);
    const known = this.#views.filter((view) => !isUnknown(view));
    return known.length === 0 || known.some(({ isKept }) => isKept);
  }

  /**
   * The answer of the view that has a thing: where several have it, of the one that comes first in an order.
   * @throws {HttpError} 404 as they say, or 502 where it may be at one that does not answer.
   */
  async find(
    path: string,
    compare: (a: Data, b: Data) => number = () => 0,
    manner: Manner = {},
  ): Promise<ViewAnswer> {
    const { answers, missing } = await this.demand(() => path, manner, [200, 404]);
    const found = answers.filter(({ status }) => status === 200);
    const [first] = found.sort((a, b) => compare(a.data, b.data));
    if (first !== undefined) return first;
    throw refusalOf(missing.length === 0 ? answers[0] : undefined, missing);
  }
}

/** As a view refuses, where one does. */
export function refusalOf(
  answer: ViewAnswer | undefined,
  missing: readonly MissingView[],
): HttpError {
  return answer === undefined
    ? new HttpError(502, `Cannot find this: ${sentenceOf(missing)}`)
    : new HttpError(answer.status, answer.data?.error ?? `it answers ${answer.status}`);
}

/** Which views are missing, and what that leaves unknown. */
export function sentenceOf(missing: readonly MissingView[]): string {
  return missing.map(({ view, failure, hosts }) => {
    const unknown = hosts === null ? "its hosts" : formatCountOf(hosts, "host");
    return `the view ${view} does not answer (${failure}), so ${unknown} of it are unknown`;
  }).join("; ");
}
