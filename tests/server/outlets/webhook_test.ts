import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Notice } from "../../../lib/server/alerts/notice.ts";
import { readDestination } from "../../../lib/server/outlets/read.ts";
import { fakeSurroundings, NEVER, notice, noticeHost, NOW_MS } from "./fakes.ts";

const PAGE = "https://pulso.example/";

/** Sends some notices as a webhook of these fields does, and returns what it asked for. */
async function sent(
  fields: object,
  notices: readonly Notice[],
  secrets: Readonly<Record<string, string>> = {},
) {
  const { surroundings, requests } = fakeSurroundings(secrets, PAGE);
  await readDestination("chat", fields, surroundings).send(notices, NEVER);
  const { url, method, headers, body } = requests[0]!;
  assertEquals(requests.length, 1);
  return { url: url.href, method, headers, body: JSON.parse(body!) };
}

const URL_TEXT = "https://chat.example/hooks/a";

Deno.test("a webhook posts our own JSON", async () => {
  const hosts = [noticeHost("web-01", { tags: { role: "web" } }), noticeHost("db/1")];
  const { url, method, headers, body } = await sent({ webhook: URL_TEXT }, [notice({ hosts })]);
  assertEquals([url, method, headers], [
    ...[URL_TEXT, "POST", { "content-type": "application/json" }],
  ]);
  const { id, ...others } = body;
  assertEquals(/^pulso-[0-9a-z]+-[0-9a-z]+$/.test(id), true);
  const shared = { value: "97 %", sinceMs: NOW_MS - 60_000 };
  assertEquals(others, {
    version: 1,
    title: "[warning] busy: web-01, db/1",
    text: "[warning] busy: web-01, db/1\nweb-01: 97 %\ndb/1: 97 %",
    url: PAGE,
    notices: [{
      ...{ what: "fired", rule: "cpu", severity: "warning", text: "busy: web-01, db/1" },
      ...{ atMs: NOW_MS, omitted: 0 },
      hosts: [
        {
          ...{ id: "id-web-01", name: "web-01", tags: { role: "web" }, ...shared },
          url: `${PAGE}hosts/id-web-01`,
        },
        { ...{ id: "id-db/1", name: "db/1", tags: {}, ...shared }, url: `${PAGE}hosts/id-db%2F1` },
      ],
    }],
  });
});

Deno.test("a webhook fills values into a template as JSON, whatever they hold", async () => {
  const text = `"}]\\{{token}}\u2028</script>`;
  const host = noticeHost('"; rm', { key: "a b" });
  const template = `{
    "all": [{{text}}, {{ title }}, {{what}}, {{rule}}, {{severity}}, {{key}}, {{hosts}}, {{time}}],
    "url": {{url}}
  }`;
  const fields = { webhook: URL_TEXT, template };
  const { body } = await sent(fields, [notice({ text, hosts: [host] })], { t: "secret" });
  const shown = `[warning] "}]\\{{token}}\\u2028</script>`;
  assertEquals(body, {
    all: [
      ...[shown, shown, "fired", "cpu", "warning", "cpu/a b", '"; rm', "2026-11-26T17:00:00.000Z"],
    ],
    url: `${PAGE}hosts/a%20b`,
  });
});

Deno.test("a webhook's filters leave no markup", async () => {
  const text = "<!channel> *a* `b` ``` @here & [x](y)";
  const template = "[{{text|html}}, {{ text | code }}]";
  const { body } = await sent({ webhook: URL_TEXT, template }, [notice({ text })]);
  assertEquals(body, [
    "[warning] &lt;!channel&gt; *a* `b` ``` @here &amp; [x](y)",
    "```\n[warning] <!channel> *a* 'b' ''' @here & [x](y)\n```",
  ]);
});

Deno.test("a webhook puts its token where a text names it, else into a header", async (t) => {
  const secrets = { "/etc/pulso/t": "12:s/3\n", PULSO_T: "from env" };
  const cases: [string, object, Partial<Awaited<ReturnType<typeof sent>>>][] = [
    ["header", { "token-file": "/etc/pulso/t" }, {
      headers: { "content-type": "application/json", authorization: "Bearer 12:s/3" },
    }],
    ["URL", { webhook: "https://api.example/bot{{token}}/send", "token-file": "/etc/pulso/t" }, {
      url: "https://api.example/bot12:s%2F3/send",
      headers: { "content-type": "application/json" },
    }],
    ["own header", { "token-file": "/etc/pulso/t", headers: { Authorization: "Key {{token}}" } }, {
      headers: { "content-type": "application/json", authorization: "Key 12:s/3" },
    }],
    ["body", { "token-file": "/etc/pulso/t", template: '{"key": {{token}}}' }, {
      headers: { "content-type": "application/json" },
      body: { key: "12:s/3" },
    }],
    ["user", { user: "ops", "password-file": "/etc/pulso/t" }, {
      headers: { "content-type": "application/json", authorization: "Basic b3BzOjEyOnMvMw==" },
    }],
  ];
  for (const [name, fields, expected] of cases) {
    await t.step(name, async () => {
      const actual = await sent({ webhook: URL_TEXT, ...fields }, [notice()], secrets);
      assertEquals({ ...actual, ...expected }, actual);
    });
  }
  await t.step("one that is no token", async () => {
    const fields = { webhook: URL_TEXT, "token-env": "PULSO_T" };
    const error = await assertRejects(() => sent(fields, [notice()], secrets), RangeError);
    assertEquals(
      error.message,
      "Cannot use the variable PULSO_T: it must hold one line of visible ASCII characters",
    );
  });
});

Deno.test("a webhook reads its URL and its secrets for each message", async () => {
  const secrets: Record<string, string> = { "/etc/pulso/u": "https://a.example/1\n" };
  const { surroundings, requests } = fakeSurroundings(secrets);
  const chat = readDestination("chat", { "url-file": "/etc/pulso/u" }, surroundings);
  assertEquals(chat.where, "webhook (URL in /etc/pulso/u)");
  await chat.send([notice()], NEVER);
  secrets["/etc/pulso/u"] = "https://b.example/2";
  await chat.send([notice()], NEVER);
  assertEquals(requests.map(({ url }) => url.href), ["https://a.example/1", "https://b.example/2"]);
  secrets["/etc/pulso/u"] = "ftp://c.example/s3cr3t";
  const error = await assertRejects(() => chat.send([notice()], NEVER), RangeError);
  assertEquals(error.message, "webhook must be a URL that begins with https:// or http://");
});

Deno.test("a webhook tells a recovery in a form of its own, and each host alone where asked", async () => {
  const fields = {
    webhook: "https://api.example/alerts",
    "token-file": "t",
    headers: { authorization: "GenieKey {{token}}" },
    each: "host",
    template: '{"alias": {{key}}}',
    recovered: {
      webhook: "https://api.example/alerts/{{key}}/close?by=alias",
      template: '{"note": {{title}}}',
    },
  };
  const { surroundings, requests } = fakeSurroundings({ t: "k" });
  const pager = readDestination("pager", fields, surroundings);
  assertEquals([pager.isPerHost, pager.maxBatch], [true, 1]);
  const hosts = [noticeHost("a?b", { key: "a/b?" })];
  await pager.send([notice({ hosts })], NEVER);
  await pager.send([notice({ hosts, what: "recovered" })], NEVER);
  assertEquals(requests.map(({ url, body, headers }) => [url.href, body, headers!.authorization]), [
    ["https://api.example/alerts", '{"alias": "cpu/a/b?"}', "GenieKey k"],
    [
      "https://api.example/alerts/cpu%2Fa%2Fb%3F/close?by=alias",
      '{"note": "[recovered] busy: a?b"}',
      "GenieKey k",
    ],
  ]);
});

Deno.test("a webhook's message has a name that stays over its attempts, and that no other has", async () => {
  const idOf = async (...notices: Notice[]) => (await sent({ webhook: URL_TEXT }, notices)).body.id;
  const [first, again, later, recovered, both] = [
    ...[await idOf(notice()), await idOf(notice()), await idOf(notice({ atMs: NOW_MS + 1 }))],
    ...[await idOf(notice({ what: "recovered" })), await idOf(notice(), notice())],
  ];
  assertEquals(first, again);
  assertEquals(new Set([first, later, recovered, both]).size, 4);
});

Deno.test("a webhook asks that what a receiver says be told without its secrets", async () => {
  const { surroundings, requests } = fakeSurroundings({ t: "t0ken" });
  const fields = { webhook: URL_TEXT, headers: { "X-Key": "inline" }, "token-file": "t" };
  await readDestination("chat", fields, surroundings).send([notice()], NEVER);
  assertEquals(requests[0]!.secrets!.filter(Boolean), ["Bearer t0ken", "inline"]);
});

Deno.test("readDestination() refuses what cannot work, in one line without a secret", async (t) => {
  const webhook = "https://chat.example/s3cr3t";
  const cases: [unknown, RegExp][] = [
    [null, /: it must have fields, such as webhook: URL$/],
    [[], /it must have fields/],
    [{}, /: it must have one of alertmanager, webhook, ntfy, smtp$/],
    [{ webhook, ntfy: webhook }, /it must have one of/],
    [{ webhook: "chat.example" }, /: webhook must be a URL that begins with/],
    [{ webhook: "file:///etc/passwd" }, /webhook must be a URL/],
    [{ webhook: "https://ops:s3cr3t@chat.example" }, /webhook must not hold a user or a password/],
    [{ webhook: 7 }, /webhook must be a text/],
    [{ webhook, "url-file": "/u" }, /there is no field "url-file"/],
    [{ webhook, tempalte: "{}" }, /: there is no field "tempalte"; did you mean template\?$/],
    [
      { webhook, token: "s3cr3t" },
      /: token must not stand in this file: name its file with token-file$/,
    ],
    [{ webhook, "token-file": "a", "token-env": "b" }, /only one can be meant/],
    [{ webhook, user: "a" }, /user needs password-file or password-env/],
    [{ webhook, template: "{{text}}}" }, /: template is not JSON when it is filled in/],
    [{ webhook, template: '{"s3cr3t": "{{text}}"}' }, /values bring their own quotes$/],
    [{ webhook, template: "{{txt}}" }, /template has {{txt}}; there are id, title, text/],
    [{ webhook, template: "{{text|shout}}" }, /template has {{…\|shout}}; there are html, code$/],
    [{ webhook, template: "{{token}}" }, /{{token}} needs token-file or token-env$/],
    [{ webhook, method: "GET" }, /method must be one of POST, PUT$/],
    [{ webhook, each: "rule" }, /each must be one of message, host$/],
    [{ webhook, headers: { "X-A": "a\r\nX-B: b" } }, /must not hold control/],
    [{ webhook, headers: { "X A": "a" } }, /headers must have names/],
    [{ webhook, headers: { "X-A": "{{title}}" } }, /headers has {{title}}; there are token, id$/],
    [{ webhook, headers: "X-A: a" }, /it must have fields/],
    [{ webhook, recovered: { templates: "{}" } }, /there is no field "templates"/],
    [{ webhook, page: "pulso.example" }, /page must be a URL/],
    [{ alertmanager: [] }, /alertmanager must have at least one URL$/],
    [{ alertmanager: ["http://a", 7] }, /alertmanager must be a text/],
    [{ ntfy: "https://ntfy.example/" }, /ntfy must be the URL of a topic/],
    [{ ntfy: "https://ntfy.example/a/b" }, /ntfy must be the URL of a topic/],
  ];
  const { surroundings } = fakeSurroundings();
  for (const [fields, words] of cases) {
    await t.step(JSON.stringify(fields), () => {
      const read = () => readDestination("chat", fields, surroundings);
      const { message } = assertThrows(read, RangeError);
      assertEquals(words.test(message), true, message);
      assertEquals(message.startsWith("Cannot use the destination chat: "), true, message);
      assertEquals(/s3cr3t|\n/.test(message), false, message);
    });
  }
  await t.step("a name that is none", () => {
    const read = () => readDestination("a b", { webhook }, surroundings);
    assertThrows(read, RangeError, 'Cannot use the destination "a b": its name must be letters');
  });
});
