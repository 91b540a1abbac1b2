/**
 * What a receiver on Deno can take at all: it receives and counts, and does nothing else. Prints its
 * address, and at each SIGUSR2 how many datagrams it has taken.
 */
import { MAX_DATAGRAM_BYTES } from "../../lib/message/message.ts";

let taken = 0;

const receiver = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
const { hostname, port } = receiver.addr as Deno.NetAddr;
const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
Deno.addSignalListener("SIGUSR2", () => print(String(taken)));
print(`Receives on ${hostname}:${port}`);

const buffer = new Uint8Array(MAX_DATAGRAM_BYTES + 1);
while (true) {
  await receiver.receive(buffer);
  taken++;
}
