/**
 * Who looks at the fleets of several views through a front: about once a second these are asked again for what
 * somebody looks at, and whoever does is told what is new. While nobody listens, nobody is asked. Pure.
 */
import type { WebContext } from "../api/context.ts";
import { HttpError } from "../http/response.ts";
import { Rounds } from "../stream/chunks.ts";
import { type EventBytes, EventClient, RETRY } from "../stream/client.ts";

/** What some clients look at. */
export interface Watch {
  /** Asks again. What is new for those who have been told all, in events. @throws {HttpError} */
  look(): Promise<readonly EventBytes[]>;
  /** All of it as the last look has found it. */
  whole(): readonly EventBytes[];
}

/** What a client wants to look at: whoever names the same shares one look. */
export type Wanted = readonly [key: string, make: () => Watch];

/** What is looked at, and who does. */
interface Watched {
  readonly watch: Watch;
  readonly clients: Set<EventClient>;
  looking: Promise<void> | null;
  /** Why the last look has found nothing that could be told; empty where it has. */
  failure: string;
}

/** What it is made with. */
type FrontContext = Pick<WebContext, "steadyMs" | "schedule" | "onFault">;

/** The streams of a front. */
export class FrontStreams {
  readonly #context: FrontContext;
  readonly #clients = new Set<EventClient>();
  readonly #watched = new Map<string, Watched>();
  readonly #rounds: Rounds;

  constructor(context: FrontContext) {
    this.#context = context;
    this.#rounds = new Rounds(context, {
      tell: async (isHeartbeat) => {
        const all = isHeartbeat ? [...this.#watched.values()] : [];
        await Promise.all(all.map((watched) => this.#look(watched)));
      },
      isWanted: () => this.#watched.size > 0,
    });
  }

  /** Tells everybody that the server ends. */
  close(): void {
    for (const client of this.#clients) client.drop("the server ends");
    this.#rounds.close();
  }

  /** A stream of what is looked at, one after another at first. */
  open(watches: readonly Wanted[], onEnd: () => void): ReadableStream<EventBytes> {
    const leave = () => {
      this.#clients.delete(client);
      for (const [key, { clients }] of this.#watched) {
        if (clients.delete(client) && clients.size === 0) this.#watched.delete(key);
      }
      onEnd();
    };
    const introduction = this.#introduce(() => client, watches);
    const client: EventClient = new EventClient(introduction, this.#context, leave);
    this.#clients.add(client);
    return client.stream;
  }

  async *#introduce(
    clientOf: () => EventClient,
    watches: readonly Wanted[],
  ): AsyncGenerator<EventBytes> {
    yield RETRY;
    const client = clientOf();
    for (const [key, make] of watches) {
      const watched = this.#watched.get(key) ??
        { watch: make(), clients: new Set(), looking: null, failure: "" };
      await this.#look(watched);
      if (watched.failure !== "") client.drop(watched.failure);
      if (!this.#clients.has(client) || watched.failure !== "") return;
      this.#watched.set(key, watched);
      watched.clients.add(client);
      this.#rounds.start();
      yield* watched.watch.whole();
    }
  }

  /** Asks again, once for all who want that now. */
  #look(watched: Watched): Promise<void> {
    return watched.looking ??= this.#lookOnce(watched).finally(() => watched.looking = null);
  }

  async #lookOnce(watched: Watched): Promise<void> {
    try {
      watched.failure = "";
      const events = await watched.watch.look();
      for (const client of watched.clients) {
        for (const event of events) client.push(event);
      }
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      watched.failure = error.message;
      for (const client of watched.clients) client.drop(error.message);
    }
  }
}
