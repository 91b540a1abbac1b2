import { assertEquals } from "@std/assert";
import { renderEmptyPage } from "../../../../../lib/server/views/terminal/pages/empty_page.ts";
import { linesText } from "../samples.ts";

const TITLE = "\nNo host has been heard yet.\n\n";

Deno.test("renderEmptyPage() names a command that works", async (t) => {
  const everywhere = `On another machine, run
  pulso-agent --server <this machine's address>:5005

Or here
  pulso-agent --server 127.0.0.1:5005

Nothing comes? A firewall may keep UDP port 5005 closed.`;
  const here = (address: string) =>
    `On this machine, run
  pulso-agent --server ${address}:6000

Other machines cannot be heard: the server listens on loopback only.
Start it with --listen [::]:6000 to hear them too.`;
  const cases: readonly (readonly [string, string])[] = [
    ["0.0.0.0:5005", everywhere],
    ["[::]:5005", everywhere],
    ["127.0.0.1:6000", here("127.0.0.1")],
    ["[::1]:6000", here("[::1]")],
    ["192.0.2.1:7", "On any machine, run\n  pulso-agent --server 192.0.2.1:7"],
  ];
  for (const [address, expected] of cases) {
    await t.step(
      address,
      () => assertEquals(linesText(renderEmptyPage(address)), TITLE + expected),
    );
  }
});
