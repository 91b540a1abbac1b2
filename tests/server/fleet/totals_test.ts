import { assert, assertEquals } from "@std/assert";
import { DROP_REASONS } from "../../../lib/common/drop_reasons.js";
import { MAX_DATAGRAM_BYTES } from "../../../lib/message/message.ts";

Deno.test("DROP_REASONS explain every reason in few words, with the true limit", () => {
  for (const [reason, words] of Object.entries(DROP_REASONS)) {
    assert(words.length > 0 && words.length <= 60, reason);
  }
  assertEquals(
    /[\d,]+/.exec(DROP_REASONS.oversize)![0],
    MAX_DATAGRAM_BYTES.toLocaleString("en-US"),
  );
});
