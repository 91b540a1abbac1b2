import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { advise, adviseOnBind } from "../../lib/common/advice.ts";
import { MISSING } from "../namespaces.ts";
import { programOf, Running } from "../processes.ts";

const LOW = { hostname: "127.0.0.1", port: 80 };

Deno.test("adviseOnBind() says what to do, by the name of an error", async (t) => {
  const { AddrInUse, AddrNotAvailable, NotCapable, PermissionDenied } = Deno.errors;
  const cases: [Error, RegExp][] = [
    [new AddrInUse("x"), /^the port is taken; .* choose another with --web$/],
    [{ name: "AddrInUse", message: "x" }, /^the port is taken/],
    [new AddrNotAvailable("x"), /^no network interface .* see --web$/],
    [new PermissionDenied("x"), /^a port below 1024 .*CAP_NET_BIND_SERVICE; .* --web$/],
    [new NotCapable("x"), /^it needs the flag --allow-net$/],
    [new Error("Protocol not available (os error 92)"), /^Protocol not available \(os error 92\)$/],
  ];
  for (const [error, advice] of cases) {
    await t.step(error.name, () => assertMatch(adviseOnBind(error, LOW, "--web"), advice));
  }
  assertStringIncludes(adviseOnBind(new AddrInUse("x"), LOW, "--listen"), "--listen");
  const high = { ...LOW, port: 1_024 };
  assertEquals(adviseOnBind(new PermissionDenied("by a policy"), high, "--web"), "by a policy");
});

Deno.test({
  name: `server without the right to a low port says how to get it (needs root, ip, nft, setpriv)`,
  ignore: MISSING !== null,
  fn: async (t) => {
    const unprivileged = ["/usr/bin/env", "setpriv", "--bounding-set=-net_bind_service"];
    const server = [...unprivileged, ...programOf("server", ["--allow-net"])];
    for (const option of ["--listen", "--web"]) {
      await t.step(option, async () => {
        await using running = new Running(server, [
          "--listen",
          "127.0.0.1:0",
          option,
          "127.0.0.1:81",
        ]);
        assertEquals(await running.exitCode(), 1);
        const line = running.stderr.all.at(-1)!;
        assertMatch(line, /127\.0\.0\.1:81: a port below 1024 needs root or the capability/);
        assertStringIncludes(line, option);
      });
    }
  },
});

Deno.test("advise() gives no flags to an executable", () => {
  assertEquals(advise("run with --allow-net", "move it", false), "run with --allow-net");
  assertEquals(advise("run with --allow-net", "move it", true), "move it");
  assertEquals(advise("script", "executable"), "script", "what runs tests is no executable");
});
