import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  clockFinding,
  findingOf,
  findingsOn,
  outcomeOf,
  settingsFindings,
  tryOut,
} from "../../lib/common/doctor.ts";

const NOW_MS = Date.UTC(2026, 10, 26, 13, 0, 0, 250);

Deno.test("outcomeOf() has a line for each finding, what to do below it, and a count", () => {
  const findings = [
    findingsOn("udp").ok("free"),
    findingsOn("key file").fail("no such file", "make one"),
    findingsOn("buffer").warn("sm\x1ball"),
  ];
  assertEquals(outcomeOf("pulso-x 1", findings), {
    hasFailed: true,
    text: `pulso-x 1
ok    udp       free
fail  key file  no such file
                → make one
warn  buffer    sm\\x1ball
1 ok, 1 warning, 1 failure`,
  });
});

Deno.test("outcomeOf() has not failed for warnings", () => {
  assertEquals(
    outcomeOf("x", [findingsOn("a").warn("b"), findingsOn("a").ok("c")]).hasFailed,
    false,
  );
});

Deno.test("findingOf() judges what was seen, and what could not be seen is a failure", async () => {
  const judge = (value: number) => findingsOn("a").ok(`${value}`);
  assertEquals(findingOf("a", await tryOut(() => 1), judge), findingsOn("a").ok("1"));
  const refused = await tryOut((): number => {
    throw new Error("refused", { cause: new Error("why") });
  });
  const finding = findingOf("a", refused, judge);
  assertEquals(finding.verdict, "fail");
  assertStringIncludes(finding.text, "refused (why)");
});

Deno.test("clockFinding() fails where it is earlier than this version, and says how to set it", async (t) => {
  assertEquals(
    clockFinding(NOW_MS, "linux", null),
    findingsOn("clock").ok("it says 2026-11-26T13:00:00Z; nothing here to compare it with"),
  );
  assertEquals(
    clockFinding(NOW_MS, "linux", "synchronized").text,
    "it says 2026-11-26T13:00:00Z, synchronized",
  );
  const advice = { linux: /^timedatectl /, darwin: /^sudo sntp /, windows: /^w32tm /, aix: /NTP/ };
  for (const [os, pattern] of Object.entries(advice)) {
    await t.step(os, () => {
      const finding = clockFinding(0, os, "synchronized");
      assertEquals(finding.verdict, "fail");
      assertStringIncludes(finding.text, "1970-01-01T00:00:00Z");
      assertMatch(finding.advice!, pattern);
    });
  }
});

Deno.test("settingsFindings() tells what is not seen here, and what is set in vain", () => {
  const file = "/etc/pulso/x.env";
  const find = (changes: Partial<Parameters<typeof settingsFindings>[1]>) =>
    settingsFindings("pulso-x", { mayRead: true, vain: [], file, unseen: [], ...changes });
  assertEquals(find({}), []);
  assertEquals(find({ unseen: ["PULSO_B", "PULSO_C"] }), [
    findingsOn("environment").warn(
      "/etc/pulso/x.env sets PULSO_B, PULSO_C for the service, and not for this command",
      "(set -a; . /etc/pulso/x.env; pulso-x doctor)",
    ),
  ]);
  assertEquals(find({ vain: ["a", "b"] }), [
    findingsOn("settings").warn("a"),
    findingsOn("settings").warn("b"),
  ]);
  assertStringIncludes(find({ mayRead: false })[0]!.text, "PULSO_* may not be read");
});
