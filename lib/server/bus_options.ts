/**
 * The options of many servers as one: what a site publishes to, what a view follows and which part of it,
 * and which views a front shows. Pure.
 */
import { rangeOf, readDuration, readUrl } from "../common/options.ts";

/** Partitions that hosts are divided into where nobody says otherwise. */
const PARTITIONS = 64;
/** Of one site. */
export const MAX_PARTITIONS = 1_024;
const [MIN_SINCE_MS, MAX_SINCE_MS] = [0, 24 * 3_600_000];
const MAX_SITE_LENGTH = 32;
const MAX_SERVERS = 16;

/** Some of the partitions: the first, the last, and of how many. */
export interface Partitions {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** The options of the bus. */
export const BUS_TABLE = {
  bus: {
    placeholder: "URL",
    fallback: null,
    help: "NATS to publish to what is accepted: nats://, tls:// or wss://",
    read: readServers,
  },
  site: {
    placeholder: "NAME",
    fallback: null,
    help: "what this server is called on the bus; needed with --bus",
    read: readSite,
  },
  follow: {
    placeholder: "URL",
    fallback: null,
    help: "NATS whose stream to show, with --listen off: a view of all sites",
    read: readServers,
  },
  "follow-since": {
    placeholder: "TIME",
    fallback: "15m",
    help: `how much of the stream's past to begin with, ${rangeOf(MIN_SINCE_MS, MAX_SINCE_MS)}`,
    read: (text: string) => readDuration(text, MIN_SINCE_MS, MAX_SINCE_MS),
  },
  partitions: {
    placeholder: "A-B/N",
    fallback: `0-${PARTITIONS - 1}/${PARTITIONS}`,
    help: "which hosts a view takes, of how many parts",
    read: readPartitions,
  },
  "bus-credentials-file": {
    placeholder: "FILE",
    fallback: null,
    help: "token of the bus, NAME:PASSWORD, NKey seed, .creds, or PEM",
    read: String,
  },
  "bus-ca-file": {
    placeholder: "FILE",
    fallback: null,
    help: "certificates of the authority that vouches for a bus at tls://",
    read: String,
  },
  front: {
    placeholder: "URL,…",
    fallback: null,
    help: "pages of views whose fleets to show as one, with --listen off",
    read: readViews,
  },
  "front-token-file": {
    placeholder: "FILE",
    fallback: null,
    help: "token that these views ask for",
    read: String,
  },
} as const;

/** Reads the addresses of one bus. */
export function readServers(text: string): readonly URL[] {
  const urls = text.split(",").map((part) => URL.parse(part.trim()));
  const schemes = new Set(urls.map((url) => url?.protocol));
  const isPlace = (url: URL | null) =>
    url !== null && /^(nats|tls|wss?):$/.test(url.protocol) && url.hostname !== "";
  if (urls.length > MAX_SERVERS || !urls.every(isPlace)) {
    throw new RangeError("it must be a URL such as nats://bus.example:4222, or some with commas");
  }
  if (schemes.size > 1) throw new RangeError("all its servers must be reached alike");
  if (urls.some((url) => url!.username !== "" || url!.password !== "")) {
    throw new RangeError("a name and a password belong in a file, and not on a command line");
  }
  return urls as URL[];
}

/** Reads where the pages of views are. */
export function readViews(text: string): readonly URL[] {
  const urls = text.split(",").map((part) => readView(part.trim()));
  if (urls.length > MAX_SERVERS) throw new RangeError(`it must be at most ${MAX_SERVERS} views`);
  const twice = urls.find(({ href }, at) => urls.findIndex((url) => url.href === href) < at);
  if (twice !== undefined) throw new RangeError(`${twice.href} is named twice`);
  return urls;
}

function readView(text: string): URL {
  const url = readUrl(text, "http://view-1.example:8080, or some with commas");
  // Its paths are below it.
  return new URL(url.pathname.replace(/\/*$/, "/"), url);
}

/** Whether a site may be called so, as its name is a part of a subject. */
export function isSiteName(text: string): boolean {
  return text.length <= MAX_SITE_LENGTH && /^[A-Za-z0-9_-]+$/.test(text);
}

/** Reads the name of a site. */
export function readSite(text: string): string {
  if (isSiteName(text)) return text;
  throw new RangeError(`it must be 1 to ${MAX_SITE_LENGTH} of A-Z, a-z, 0-9, - and _`);
}

/** Reads some of the partitions, such as `0-31/64`. */
export function readPartitions(text: string): Partitions {
  const [, first, last, count] = /^(\d{1,4})-(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const partitions = { first: Number(first), last: Number(last), count: Number(count) };
  const isSome = partitions.first <= partitions.last && partitions.last < partitions.count;
  if (isSome && partitions.count <= MAX_PARTITIONS) return partitions;
  throw new RangeError(
    `it must be A-B/N, such as 0-${
      PARTITIONS / 2 - 1
    }/${PARTITIONS}, with N at most ${MAX_PARTITIONS}`,
  );
}

/** What is wrong with these options beside each other; `null` where nothing is. */
export function busTrouble(
  { bus, site, follow, front, partitions, listen, replay, web }: {
    readonly bus: readonly URL[] | null;
    readonly site: string | null;
    readonly follow: readonly URL[] | null;
    readonly front: readonly URL[] | null;
    readonly partitions: Partitions;
    readonly listen: object | "off";
    readonly replay: string | null;
    readonly web: object | "off" | null;
  },
): string | null {
  const { first, last, count } = partitions;
  const source = Object.entries({ bus, follow, replay }).find(([, value]) => value !== null)?.[0];
  if (front !== null && source !== undefined) {
    return `Cannot use --front with --${source}: a front shows what its views have`;
  }
  if (front !== null && web === "off") {
    return "Cannot use --front with --web off: a front is nothing but its page";
  }
  if (front !== null && listen !== "off") {
    return "Cannot use --front: a front hears nothing but its views; add --listen off";
  }
  if (replay !== null && (bus ?? follow) !== null) {
    return `Cannot use --${bus ? "bus" : "follow"} with --replay: what is played is not news`;
  }
  if (follow !== null && bus !== null) {
    return "Cannot use --bus with --follow: what comes from the bus does not go back to it";
  }
  if (follow !== null && listen !== "off") {
    return "Cannot use --follow: a view hears nothing but the bus; add --listen off";
  }
  if (listen === "off" && (follow ?? front ?? replay) === null) {
    return "Cannot use --listen off: nothing would be received; --follow says from where";
  }
  if (bus !== null && site === null) return "Cannot use --bus: it needs --site NAME";
  if (bus !== null && (first !== 0 || last !== count - 1)) {
    return `Cannot use --partitions with --bus: a site publishes all, 0-${count - 1}/${count}`;
  }
  return null;
}
