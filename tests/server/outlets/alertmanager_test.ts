import { assertEquals, assertRejects } from "@std/assert";
import { DeliveryError } from "../../../lib/server/outlets/destination.ts";
import { readDestination } from "../../../lib/server/outlets/read.ts";
import { fakeSurroundings, inTurn, NEVER, notice, noticeHost, NOW_MS } from "./fakes.ts";

const URLS = ["http://am1:9093", "https://am2.example/alertmanager/"];

function open(fields: object = {}) {
  const fakes = fakeSurroundings({ t: "tk" }, "https://pulso.example/");
  const oncall = readDestination("oncall", { alertmanager: URLS, ...fields }, fakes.surroundings);
  const bodies = () => fakes.requests.splice(0).map(({ body }) => JSON.parse(body!));
  return { ...fakes, oncall, bodies };
}

const after = (ms: number) => new Date(NOW_MS + ms).toISOString();

Deno.test("Alertmanager is posted each host as an alert, at all of its addresses", async () => {
  const { oncall, requests } = open({ "token-file": "t" });
  assertEquals(oncall.where, "alertmanager http://am1:9093 https://am2.example");
  const tags = { role: "db", "a.b-c": "1", host: "other", "__x": "2" };
  const hosts = [noticeHost("db-01", { tags }), noticeHost("db\n02")];
  await oncall.send([notice({ severity: "critical", hosts })], NEVER);
  assertEquals(requests.map(({ url, method, headers }) => [url.href, method, headers]), [
    ...URLS.map((url) => [
      `${url.replace(/\/$/, "")}/api/v2/alerts`,
      "POST",
      { "content-type": "application/json", authorization: "Bearer tk" },
    ]),
  ]);
  const own = { alertname: "cpu", severity: "critical" };
  const times = { startsAt: after(-60_000), endsAt: after(240_000) };
  const description = "busy: db-01, db\\x0a02";
  assertEquals(JSON.parse(requests[0]!.body!), [
    {
      labels: {
        ...{ role: "db", a_b_c: "1", tag_host: "other", "tag___x": "2", ...own },
        ...{ host: "db-01", id: "id-db-01" },
      },
      annotations: { summary: "db-01: cpu (97 %)", description },
      ...times,
      generatorURL: "https://pulso.example/hosts/id-db-01",
    },
    {
      labels: { ...own, host: "db\\x0a02", id: "id-db\\x0a02" },
      annotations: { summary: "db\\x0a02: cpu (97 %)", description },
      ...times,
      generatorURL: "https://pulso.example/hosts/id-db%0A02",
    },
  ]);
});

Deno.test("Alertmanager is told of the fleet as a whole without a host", async () => {
  const { oncall, bodies } = open();
  const fleet = noticeHost("", { key: "", value: "80 %" });
  for (const hosts of [[], [fleet]]) {
    await oncall.send([notice({ rule: "fleet-silent", text: "most are silent", hosts })], NEVER);
    const [[{ labels, annotations, generatorURL }]] = bodies();
    assertEquals(labels, { alertname: "fleet-silent", severity: "warning" });
    assertEquals(annotations.summary, "most are silent");
    assertEquals(generatorURL, "https://pulso.example/");
  }
});

Deno.test("Alertmanager hears of an end at once, and again for a while, until it fires again", async () => {
  const { oncall, bodies, pass } = open();
  const hosts = [noticeHost("a")];
  await oncall.send([notice({ hosts })], NEVER);
  await oncall.send([notice({ what: "recovered", hosts })], NEVER);
  const [, , [ended]] = bodies();
  assertEquals(ended.endsAt, after(0));
  const renewed = async (...standing: string[]) => {
    const hosts = standing.map((name) => noticeHost(name));
    await oncall.renew!(inTurn(hosts.length === 0 ? [] : [notice({ hosts })]), NEVER);
    return bodies()[0]?.map(({ labels, endsAt }: typeof ended) => [labels.host, endsAt]) ?? [];
  };
  pass(60_000);
  assertEquals(await renewed("b"), [["b", after(300_000)], ["a", after(0)]]);
  pass(14 * 60_000);
  assertEquals(await renewed(), [["a", after(0)]]);
  pass(1);
  assertEquals(await renewed(), []);
  await oncall.send([notice({ what: "recovered", hosts })], NEVER);
  await oncall.send([notice({ hosts })], NEVER);
  bodies();
  assertEquals(await renewed(), []);
});

Deno.test("Alertmanager hears once of what fired and ended while it was away", async () => {
  const { oncall, bodies } = open();
  await oncall.send([notice(), notice({ what: "recovered" })], NEVER);
  const [alerts] = bodies();
  assertEquals(alerts.map(({ endsAt }: { endsAt: string }) => endsAt), [after(0)]);
});

Deno.test("Alertmanager is posted a thousand alerts at once at most, and a test that ends by itself", async () => {
  const { oncall, bodies } = open({ alertmanager: ["http://am1:9093"] });
  const hosts = Array.from({ length: 2_500 }, (_, n) => noticeHost(`${n}`));
  await oncall.renew!(inTurn([notice({ hosts })]), NEVER);
  assertEquals(bodies().map((alerts) => alerts.length), [1_000, 1_000, 500]);
  await oncall.send([notice({ what: "test", hosts: [] })], NEVER);
  const [[{ labels, endsAt }]] = bodies();
  assertEquals([labels.alertname, endsAt], ["PulsoTest", after(60_000)]);
});

Deno.test("Alertmanager has heard when one of several has; when none has, it is tried again if that may help", async () => {
  const { oncall, fake } = open();
  const refused = new DeliveryError("HTTP 400", { isFinal: true });
  const away = new DeliveryError("connection refused");
  const answers = (...errors: (Error | null)[]) => {
    fake.answer = () => {
      const error = errors.shift() ?? null;
      return error === null ? Promise.resolve() : Promise.reject(error);
    };
  };
  answers(away, null);
  await oncall.send([notice()], NEVER);
  answers(refused, away);
  assertEquals(await assertRejects(() => oncall.send([notice()], NEVER)), away);
  answers(refused, refused);
  assertEquals(await assertRejects(() => oncall.send([notice()], NEVER)), refused);
});
