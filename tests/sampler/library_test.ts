import { assert, assertThrows } from "@std/assert";
import { openLibrary } from "../../lib/sampler/library.ts";

const MAY_ALL = (["env", "run", "sys", "read"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

Deno.test({
  name: "openLibrary() names the flags that are missing (needs to be run without permissions)",
  ignore: MAY_ALL,
  fn() {
    assertThrows(
      openLibrary,
      Deno.errors.NotCapable,
      "Cannot use systeminformation: run with --allow-",
    );
  },
});

Deno.test({
  name: "openLibrary() loads what is used of the package (needs --allow-all)",
  ignore: !MAY_ALL,
  async fn() {
    const library = await openLibrary()();
    for (
      const name of ["currentLoad", "mem", "fsSize", "fsStats", "networkStats", "uuid"] as const
    ) {
      assert(typeof library[name] === "function", name);
    }
  },
});
