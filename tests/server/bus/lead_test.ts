/** The place of the view that notifies, on engines of NATS as they are. */
import { assertEquals, assertRejects } from "@std/assert";
import { BusConnection } from "../../../lib/server/bus/connection.ts";
import { Lead } from "../../../lib/server/bus/lead.ts";
import { readPartitions } from "../../../lib/server/bus_options.ts";
import { inFolder } from "../../files.ts";
import { HAS_NATS, NEEDS_NATS, startLeaf } from "../../nats.ts";
import { logLines } from "../logs.ts";

Deno.test({
  name: `Lead: of the views of a leaf one leads, though the leaf is no cluster (${NEEDS_NATS})`,
  ignore: !HAS_NATS,
  fn: () =>
    inFolder(async (folder) => {
      const { hub, leaf } = await startLeaf(folder);
      await using _hub = hub;
      await using _leaf = leaf;
      const connection = await BusConnection.open("view", {
        ...{ servers: [new URL(leaf.url)], "bus-credentials-file": null, "bus-ca-file": null },
      }, { log: logLines().log, throttledLog: { warn() {} } });
      await connection.arrival();
      const [one, other] = ["a", "b"].map((run) =>
        new Lead(connection, readPartitions("0-63/64"), run)
      );
      await assertRejects(() => one!.take(), Error, "", "it makes the stream first");
      assertEquals([await one!.take(), await other!.take(), await one!.take()], [
        true,
        false,
        true,
      ]);
      await connection.close();
    }),
});
