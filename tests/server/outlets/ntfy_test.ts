import { assertEquals, assertRejects } from "@std/assert";
import type { Notice } from "../../../lib/server/alerts/notice.ts";
import type { HttpRequest } from "../../../lib/server/outlets/destination.ts";
import { readDestination } from "../../../lib/server/outlets/read.ts";
import { fakeSurroundings, NEVER, notice, noticeHost } from "./fakes.ts";

/** Sends some notices as ntfy, and returns what it asked for. */
async function sent(notices: readonly Notice[], fields: object = {}) {
  const { surroundings, requests } = fakeSurroundings({ t: "tk_1" }, "https://pulso.example/");
  const all = { ntfy: "https://ntfy.example/pulso", ...fields };
  const phone = readDestination("phone", all, surroundings);
  assertEquals(phone.where, "ntfy https://ntfy.example");
  await phone.send(notices, NEVER);
  const { url, method, headers, body } = requests[0]!;
  return { url: url.href, method, headers, body: JSON.parse(body!) };
}

Deno.test("ntfy publishes a message as JSON, so that no text can be a header", async () => {
  const text = "a\r\nPriority: 1";
  const host = noticeHost("web\r\n01", { key: "web/01" });
  assertEquals(await sent([notice({ text, hosts: [host] })], { "token-file": "t" }), {
    url: "https://ntfy.example/",
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer tk_1" },
    body: {
      topic: "pulso",
      title: "[warning] a\\x0d\\x0aPriority: 1",
      message: "[warning] a\\x0d\\x0aPriority: 1",
      priority: 4,
      tags: ["warning"],
      click: "https://pulso.example/hosts/web%2F01",
    },
  });
});

Deno.test("ntfy's priority and tag are those of the worst that is told", async (t) => {
  const cases: [string, Notice[], number, string][] = [
    ["critical", [notice(), notice({ severity: "critical" })], 5, "rotating_light"],
    ["flapping", [notice({ what: "flapping" })], 4, "warning"],
    ["recovered", [notice({ what: "recovered", severity: "critical" })], 3, "white_check_mark"],
    ["test", [notice({ what: "test" })], 3, "white_check_mark"],
  ];
  for (const [name, notices, priority, tag] of cases) {
    await t.step(name, async () => {
      const { body } = await sent(notices);
      assertEquals([body.priority, body.tags], [priority, [tag]]);
    });
  }
});

Deno.test("ntfy's message is never so long that it becomes a file", async () => {
  const hosts = Array.from({ length: 100 }, (_, n) => noticeHost("駅".repeat(60) + n));
  const { body } = await sent([notice({ text: "many", hosts })]);
  const { length } = new TextEncoder().encode(body.message);
  assertEquals(length <= 4_096 && length > 1_000, true, `${length}`);
  assertEquals(/^\[warning\] many\n駅.*\nand \d+ more lines$/s.test(body.message), true);
  assertEquals(body.click, "https://pulso.example/");
});

Deno.test("ntfy reads a topic that is a secret for each message, and refuses one that is none", async () => {
  const secrets: Record<string, string> = { PULSO_TOPIC: "a1" };
  const { surroundings, requests } = fakeSurroundings(secrets);
  const fields = { ntfy: "https://ntfy.sh", "topic-env": "PULSO_TOPIC" };
  const phone = readDestination("phone", fields, surroundings);
  await phone.send([notice()], NEVER);
  const [{ url, body, secrets: hidden }] = requests as [HttpRequest];
  assertEquals([url.href, JSON.parse(body!).topic, hidden], ["https://ntfy.sh/", "a1", ["a1"]]);
  secrets.PULSO_TOPIC = "a/../b";
  await assertRejects(() => phone.send([notice()], NEVER), RangeError, "ntfy must be the URL");
});
