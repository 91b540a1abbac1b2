/**
 * What the server is called by: its commands beside its options, and the usage text made from both.
 * Scripts rely on these names.
 */
import { commandsOn, VERSION } from "../common/options.ts";
import { type CommandTable, describeProgram, type ProgramRow } from "../common/usage.ts";
import { KEYGEN } from "../sealed/key_file.ts";
import { SERVER_TABLE } from "./options.ts";

/** Where the executable keeps its data, and may. */
export const DATA_FOLDER = "/var/lib/pulso";

/** By which a command finds the server that it is for. */
const SERVER_FOLDER = {
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
  ...commandsOn(SERVER_TABLE),
} as const satisfies CommandTable;

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
