/**
 * Tells one notice as a destination of the server does: a program of its own, so that it has the
 * permissions of the server, and trusts the authority of a test.
 */
import { Clock } from "../../../lib/common/clock.ts";
import { deliveryErrorOf } from "../../../lib/server/outlets/destination.ts";
import { openSurroundings } from "../../../lib/server/outlets/open.ts";
import { readDestination } from "../../../lib/server/outlets/read.ts";
import { NEVER } from "./fakes.ts";

const [fields, notices] = Deno.args.map((text) => JSON.parse(text));
const destination = readDestination("mail", fields, openSurroundings(new Clock(), null));
const error = await destination.send(notices, NEVER).then(() => null, deliveryErrorOf);
// deno-lint-ignore no-console
console.log(JSON.stringify({ error: error?.message ?? null, isFinal: error?.isFinal ?? null }));
