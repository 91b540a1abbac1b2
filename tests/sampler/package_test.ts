import { assert, assertRejects } from "@std/assert";
import { loadPackage } from "../../lib/sampler/package.ts";

const MAY_ALL = (["env", "run", "sys", "read"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

Deno.test({
  name: "loadPackage() names the flags that are missing (needs to be run without permissions)",
  ignore: MAY_ALL,
  async fn() {
    await assertRejects(
      loadPackage,
      Deno.errors.NotCapable,
      "Cannot use systeminformation: run with --allow-",
    );
  },
});

Deno.test({
  name: "loadPackage() loads what is used of the package (needs --allow-all)",
  ignore: !MAY_ALL,
  async fn() {
    const { library } = await loadPackage();
    for (
      const name of [
        "currentLoad",
        "mem",
        "fsSize",
        "fsStats",
        "networkStats",
        "uuid",
        "cpuTemperature",
        "battery",
      ] as const
    ) {
      assert(typeof library[name] === "function", name);
    }
  },
});
