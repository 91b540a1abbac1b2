/** What the server does besides: each of its commands, and who runs it. */
import { Clock } from "../../common/clock.ts";
import { commandsOf, configOf } from "../../common/program.ts";
import { runKeygen } from "../../sealed/key_file.ts";
import {
  runCheckAlerts,
  runMute,
  runMutes,
  runTestAlerts,
  runUnmute,
} from "../alerts/file/commands.ts";
import { runRehearse } from "../alerts/file/rehearse.ts";
import { runDoctor } from "../doctor/doctor.ts";
import { destinationReader } from "./alerting.ts";
import { SERVER_COMMANDS, SERVER_OPTIONS } from "../program.ts";
import { runRecordInfo } from "../record/info.ts";
import { runBackup, runForget } from "../store/door.ts";

const NAME = "pulso-server";
const readDestination = destinationReader(new Clock());

/** The commands of the server. */
export const COMMANDS = commandsOf(NAME, SERVER_COMMANDS, {
  keygen: (argv) => runKeygen(NAME, argv),
  doctor: runDoctor,
  "record-info": runRecordInfo,
  backup: runBackup,
  forget: runForget,
  "check-alerts": (argv) => runCheckAlerts(argv, readDestination),
  rehearse: (argv, environment) => runRehearse(argv, environment, readDestination),
  "test-alerts": runTestAlerts,
  mute: runMute,
  mutes: runMutes,
  unmute: runUnmute,
  config: configOf(NAME, SERVER_OPTIONS),
});
