/** Ports for programs that have to be told theirs. */

/**
 * The system gives ports from 32,768 on to whoever asks for any (`ip_local_port_range`), at any time:
 * one below those stays free until the program that is told it has it.
 */
const FIRST = 10_000;
const LAST = 32_767;

/** A port of loopback that nobody has, neither for TCP nor for UDP. */
export function freePort(): number {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    try {
      using _tcp = Deno.listen({ hostname: "127.0.0.1", port });
      Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
