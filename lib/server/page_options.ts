/**
 * The options of the page: where it is served, by which name and path, and for whom. Pure.
 */
import { type Address, formatAddress, readNetwork } from "../common/address.ts";
import { flag } from "../common/option_reader.ts";
import { readAddressOrOff } from "../common/options.ts";
import { COMPARED_NUMBERS } from "../common/columns.ts";
import { readFilter } from "../common/filter.js";
import { MAX_HOST_LENGTH } from "../message/message.ts";

/** Where the page is served when nobody says where; on loopback, so that nobody else finds it. */
export const WEB_DEFAULT: Address = { hostname: "127.0.0.1", port: 8080 };

/** The options of the page. */
export const PAGE_TABLE = {
  web: {
    placeholder: "HOST:PORT|off",
    fallback: null,
    help: `where to serve the page (default: ${formatAddress(WEB_DEFAULT)} if that is free)`,
    read: (text: string) => readAddressOrOff(text, WEB_DEFAULT.port),
  },
  "web-token-file": {
    placeholder: "FILE",
    fallback: null,
    help: "token that the page asks for (default: off loopback one is made and logged)",
    read: String,
  },
  "web-open": flag("ask for no token, whoever can reach the page"),
  "web-host": {
    placeholder: "NAME",
    fallback: null,
    repeatable: true,
    help: "name that the page is reached by, besides localhost; repeat it for several",
    read: readHostName,
  },
  "web-base": {
    placeholder: "PATH",
    fallback: "/",
    help: "path that a proxy serves the page under, such as /pulso/",
    read: readBasePath,
  },
  "web-proxy": {
    placeholder: "CIDR",
    fallback: null,
    repeatable: true,
    help: "proxy's network or address: no limit per address; repeat it for several",
    read: readNetwork,
  },
  status: {
    placeholder: "NAME=FILTER",
    fallback: null,
    repeatable: true,
    help: "hosts that /status/NAME names to everybody; repeat it for several",
    read: readStatusChoice,
  },
} as const;

/** A status page: its name in the path, and the filter that chooses its hosts. */
export interface StatusChoice {
  readonly name: string;
  readonly filter: string;
}

/** What the server's own paths begin with: below a base of such a name they could not be told from it. */
const OWN_PATHS: readonly string[] = [
  ...["api", "assets", "healthz", "metrics", "status"],
  ...["compare", "grid", "hosts", "ways"],
];

/** Reads the name of a machine, without a port. */
export function readHostName(text: string): string {
  if (text.length > MAX_HOST_LENGTH || !/^[\w-]+(\.[\w-]+)*$/.test(text)) {
    throw new RangeError("it must be a name such as pulso.example.org");
  }
  return text;
}

/** Reads a status page, such as `public=role:web`; of every host where nothing is behind the sign. */
export function readStatusChoice(text: string): StatusChoice {
  const [, name, filter] = /^([a-z0-9][a-z0-9-]{0,39})=(.*)$/.exec(text) ?? [];
  if (name === undefined || filter === undefined) {
    throw new RangeError("it must be such as public=role:web, its name of a-z, 0-9 and -");
  }
  const { problem } = readFilter(filter, COMPARED_NUMBERS);
  if (problem !== null) throw new RangeError(`its filter is not understood: ${problem}`);
  return { name, filter };
}

/** Reads the path below which all others are, such as `/pulso/`; a slash that is missing at an end is added. */
export function readBasePath(text: string): string {
  const names = text.replace(/^\/|\/$/g, "").split("/");
  if (text === "/") return text;
  if (!names.every((name) => /^[\w~-][\w.~-]*$/.test(name))) {
    throw new RangeError("it must be a path such as /pulso/ of A-Z, a-z, 0-9, -, _, . and ~");
  }
  if (OWN_PATHS.includes(names[0]!)) {
    throw new RangeError(`the server has a path of its own that begins with /${names[0]}`);
  }
  return `/${names.join("/")}/`;
}
