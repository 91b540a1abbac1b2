/**
 * What the server is called by: its commands beside its options, which options do nothing when, and the
 * usage text made from all of it. Scripts rely on these names.
 */
import { commandsOn, VERSION } from "../common/options.ts";
import { type CommandTable, describeProgram, type ProgramRow } from "../common/usage.ts";
import type { OptionSet } from "../common/unheeded.ts";
import { KEYGEN } from "../sealed/key_file.ts";
import { readServerOptions, SERVER_TABLE, type ServerOptions } from "./options.ts";

/** Where the executable keeps its data, and may. */
export const DATA_FOLDER = "/var/lib/pulso";

/** By which a command finds the server that it is for. */
export const SERVER_FOLDER = {
  data: {
    ...SERVER_TABLE.data,
    fallback: DATA_FOLDER,
    help: "folder that the server keeps its data in",
  },
};

/** What the server does besides. */
export const SERVER_COMMANDS = {
  keygen: KEYGEN,
  "record-info": {
    ...{ synopsis: "DIR", help: "print what a record holds" },
    purpose:
      "Reads the record in a folder, and prints its span, its datagrams and what is damaged.",
    options: {},
  },
  backup: {
    ...{ synopsis: "[OPTION]...", help: "copy what a running server keeps" },
    purpose: "Has the server that keeps its data in a folder write a copy of its file beside it.",
    options: SERVER_FOLDER,
  },
  forget: {
    ...{ synopsis: "ID [OPTION]...", help: "delete a host and its history" },
    purpose:
      "Has the server that keeps its data in a folder delete a host and all that is kept of it.",
    options: SERVER_FOLDER,
  },
  "check-alerts": {
    ...{ synopsis: "FILE", help: "print what an alerts file says" },
    purpose: "Reads an alerts file, and prints its rules and who is told, or the line of a fault.",
    options: {},
  },
  rehearse: {
    ...{ synopsis: "[OPTION]...", help: "print what would have been told of a record" },
    purpose: "Plays a record, and prints what would have been told of it by an alerts file.",
    options: {
      alerts: SERVER_TABLE.alerts,
      replay: SERVER_TABLE.replay,
      from: SERVER_TABLE.from,
      to: SERVER_TABLE.to,
      "max-hosts": SERVER_TABLE["max-hosts"],
    },
  },
  "test-alerts": {
    ...{ synopsis: "[OPTION]...", help: "tell every destination of alerts a test" },
    purpose: "Has a running server tell every destination of its alerts file that this is a test.",
    options: SERVER_FOLDER,
  },
  mute: {
    ...{ synopsis: "FILTER TIME [OPTION]...", help: "tell nobody of some alerts for a while" },
    purpose:
      "Has a running server tell nobody of the alerts of some hosts, such as role:db, for a while.",
    options: SERVER_FOLDER,
  },
  mutes: {
    ...{ synopsis: "[OPTION]...", help: "print what is muted" },
    purpose: "Prints what a running server has been told to mute, and until when.",
    options: SERVER_FOLDER,
  },
  unmute: {
    ...{ synopsis: "WHICH [OPTION]...", help: "end a mute" },
    purpose: "Has a running server end a mute, by its number or its filter, or all of them.",
    options: SERVER_FOLDER,
  },
  ...commandsOn(SERVER_TABLE),
} as const satisfies CommandTable;

/** What is for a server that has hosts of its own. */
const OF_A_FLEET = [
  ...["view", "history", "data", "alerts", "allow", "max-hosts", "key-file", "auth", "record"],
  ...["remote-write", "history-from", "heartbeat"],
];

/** The server's options, and which of them do nothing. */
export const SERVER_OPTIONS: OptionSet<ServerOptions> = {
  table: SERVER_TABLE,
  read: readServerOptions,
  idle: [
    {
      names: ["web-token-file", "web-open", "web-host", "web-base", "web-proxy", "status"],
      when: ({ web }) => web === "off",
      reason: "the page is off (--web off)",
    },
    {
      names: ["keep", "keep-size"],
      when: ({ data }) => data === null,
      reason: "it needs --data",
    },
    {
      names: ["record-keep"],
      when: ({ record }) => record === null,
      reason: "it needs --record",
    },
    {
      names: ["remote-write-interval", "remote-write-token-file"],
      when: (options) => options["remote-write"].length === 0,
      reason: "it needs --remote-write",
    },
    {
      names: ["history-from-token-file"],
      when: (options) => options["history-from"] === null,
      reason: "it needs --history-from",
    },
    {
      names: ["site"],
      when: ({ bus }) => bus === null,
      reason: "it needs --bus",
    },
    {
      names: ["partitions", "bus-credentials-file", "bus-ca-file"],
      when: ({ bus, follow }) => bus === null && follow === null,
      reason: "it needs --bus or --follow",
    },
    {
      names: ["follow-since"],
      when: ({ follow, data }) => follow === null || data !== null,
      reason: "it needs --follow without --data, which has the past",
    },
    {
      names: ["front-token-file"],
      when: ({ front }) => front === null,
      reason: "it needs --front",
    },
    {
      names: OF_A_FLEET,
      when: ({ front }) => front !== null,
      reason: "a front has no hosts of its own (--front)",
    },
    {
      names: ["key-file", "auth", "allow"],
      when: ({ follow }) => follow !== null,
      reason: "sites have judged what comes (--follow)",
    },
    {
      names: ["speed", "from", "to"],
      when: ({ replay }) => replay === null,
      reason: "it needs --replay",
    },
    {
      names: ["listen", "key-file", "auth"],
      when: ({ replay }) => replay !== null,
      reason: "a record is played (--replay)",
    },
  ],
  file: "/etc/pulso/server.env",
};

/** The server, as it presents itself. */
export const SERVER: ProgramRow = {
  name: "pulso-server",
  version: VERSION,
  purpose: "Receives the samples of many hosts over UDP and shows the fleet live.",
  options: SERVER_TABLE,
  commands: SERVER_COMMANDS,
};

/** The server's usage text. */
export const SERVER_USAGE = describeProgram(SERVER);
