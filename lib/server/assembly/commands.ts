/** What the server does besides: each of its commands, and who runs it. */
import { Clock } from "../../common/clock.ts";
import type { Environment } from "../../common/option_reader.ts";
import { commandsOf, configOf } from "../../common/program.ts";
import { runKeygen } from "../../sealed/key_file.ts";
import { runCheckAlerts, runMute, runUnmute } from "../alerts/file/commands.ts";
import { runRehearse } from "../alerts/file/rehearse.ts";
import { runDoctor } from "../doctor/doctor.ts";
import { destinationReader } from "./alerting.ts";
import { SERVER_COMMANDS, SERVER_OPTIONS } from "../program.ts";
import { runRecordInfo } from "../record/info.ts";
import { runForget, runOrder } from "../store/door.ts";

const NAME = "pulso-server";
const readDestination = destinationReader(new Clock());

/** A command that says nothing but its name. */
const orderOf = (name: string) => (argv: readonly string[], environment: Environment) =>
  runOrder(name, "", argv, environment);

/** The commands of the server. */
export const COMMANDS = commandsOf(NAME, SERVER_COMMANDS, {
  keygen: (argv) => runKeygen(NAME, argv),
  doctor: runDoctor,
  "record-info": runRecordInfo,
  backup: orderOf("backup"),
  forget: runForget,
  "check-alerts": (argv) => runCheckAlerts(argv, readDestination),
  rehearse: (argv, environment) => runRehearse(argv, environment, readDestination),
  "test-alerts": orderOf("test-alerts"),
  mute: runMute,
  mutes: orderOf("mutes"),
  unmute: runUnmute,
  config: configOf(NAME, SERVER_OPTIONS),
});
