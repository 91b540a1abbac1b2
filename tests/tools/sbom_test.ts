import { assertEquals } from "@std/assert";
import { sbomOf } from "../../tools/sbom.ts";

const REGISTRY = { registryUrl: "https://registry.example/" };
const NPM = {
  "a@1.0.0": { ...REGISTRY, name: "a", version: "1.0.0", dependencies: ["@s/b@2.0.0"] },
  "@s/b@2.0.0": { ...REGISTRY, name: "@s/b", version: "2.0.0", dependencies: [] },
  "tests-only@3.0.0": { ...REGISTRY, name: "tests-only", version: "3.0.0", dependencies: [] },
};

const SBOM = sbomOf({
  graphs: {
    agent: { modules: [{}], npmPackages: NPM },
    server: { modules: [{ npmPackage: "a@1.0.0" }, { npmPackage: "a@1.0.0" }], npmPackages: NPM },
  },
  lock: {
    "a@1.0.0": { integrity: "sha512-AAH/" },
    "@s/b@2.0.0": { integrity: "sha256-fw==" },
  },
  licenseOf: ({ name }) => name === "a" ? "MIT" : "ISC",
  deno: "2.9.6",
  seconds: 1_795_000_000,
});

Deno.test("sbomOf() lists what the programs import and what that needs, and no more", () => {
  assertEquals(SBOM.components.map((component) => component["bom-ref"]), [
    ...["agent", "server", "pkg:npm/deno@2.9.6", "pkg:npm/%40s/b@2.0.0", "pkg:npm/a@1.0.0"],
  ]);
  assertEquals(SBOM.dependencies, [
    { ref: "pulso", dependsOn: ["agent", "server"] },
    { ref: "agent", dependsOn: ["pkg:npm/deno@2.9.6"] },
    {
      ref: "server",
      dependsOn: ["pkg:npm/deno@2.9.6", "pkg:npm/%40s/b@2.0.0", "pkg:npm/a@1.0.0"],
    },
    { ref: "pkg:npm/%40s/b@2.0.0", dependsOn: [] },
    { ref: "pkg:npm/a@1.0.0", dependsOn: ["pkg:npm/%40s/b@2.0.0"] },
  ]);
});

Deno.test("sbomOf() has hashes in hexadecimal, licenses, and the time of the commit", () => {
  const [b, a] = SBOM.components.slice(-2) as Record<string, unknown>[];
  assertEquals(a, {
    type: "library",
    "bom-ref": "pkg:npm/a@1.0.0",
    name: "a",
    version: "1.0.0",
    purl: "pkg:npm/a@1.0.0",
    hashes: [{ alg: "SHA-512", content: "0001ff" }],
    licenses: [{ license: { id: "MIT" } }],
  });
  assertEquals(b!.hashes, [{ alg: "SHA-256", content: "7f" }]);
  assertEquals(SBOM.metadata.timestamp, "2026-11-18T11:06:40.000Z");
});
