/**
 * What the executables are made of, as a CycloneDX document (https://cyclonedx.org/docs/1.6/json/): the
 * packages that the two programs import, with the hashes of the lock file. Pure.
 */
import { VERSION } from "../lib/common/options.ts";

/** What is used of the output of `deno info --json SCRIPT`. */
export interface ModuleGraph {
  readonly modules: readonly { readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<Record<string, NpmPackage>>;
}

/** One package. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly registryUrl: string;
  /** Its dependencies, as keys of the same table. */
  readonly dependencies: readonly string[];
}

/** What else there is to know. */
export interface SbomFacts {
  /** The graph of each program, by its name. */
  readonly graphs: Readonly<Record<string, ModuleGraph>>;
  /** Of deno.lock. */
  readonly lock: Readonly<Record<string, { readonly integrity: string }>>;
  readonly licenseOf: (told: NpmPackage) => string;
  readonly deno: string;
  readonly seconds: number;
}

/** The document. */
export function sbomOf({ graphs, lock, licenseOf, deno, seconds }: SbomFacts) {
  const packages = Object.assign({}, ...Object.values(graphs).map((graph) => graph.npmPackages));
  const used = Object.entries(graphs).map(([program, graph]) =>
    [program, reachable(graph, graph.modules.flatMap((module) => module.npmPackage ?? []))] as const
  );
  const keys = [...new Set(used.flatMap(([, found]) => found))].sort();
  const runtime = `pkg:npm/deno@${deno}`;
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: new Date(seconds * 1_000).toISOString(),
      component: { type: "application", "bom-ref": "pulso", name: "pulso", version: VERSION },
    },
    components: [
      ...used.map(([name]) => ({
        ...{ type: "application", "bom-ref": name, name, version: VERSION },
        licenses: [{ license: { id: "MIT" } }],
      })),
      {
        ...{ type: "framework", "bom-ref": runtime, name: "deno", version: deno, purl: runtime },
        licenses: [{ license: { id: "MIT" } }],
      },
      ...keys.map((key) =>
        componentOf(packages[key], lock[key]!.integrity, licenseOf(packages[key]))
      ),
    ],
    dependencies: [
      { ref: "pulso", dependsOn: used.map(([program]) => program) },
      ...used.map(([ref, found]) => ({
        ref,
        dependsOn: [runtime, ...found.map((key) => urlOf(packages[key]))],
      })),
      ...keys.map((key) => ({
        ref: urlOf(packages[key]),
        dependsOn: (packages[key] as NpmPackage).dependencies.map((name) => urlOf(packages[name])),
      })),
    ],
  };
}

/** All packages that these need, and themselves. */
function reachable({ npmPackages }: ModuleGraph, keys: readonly string[]): readonly string[] {
  const found = new Set(keys);
  for (const key of found) npmPackages[key]!.dependencies.forEach((name) => found.add(name));
  return [...found].sort();
}

function componentOf(told: NpmPackage, integrity: string, license: string) {
  const [algorithm, digest] = integrity.split("-");
  return {
    type: "library",
    "bom-ref": urlOf(told),
    name: told.name,
    version: told.version,
    purl: urlOf(told),
    hashes: [{
      alg: algorithm!.replace("sha", "SHA-"),
      content: Uint8Array.fromBase64(digest!).toHex(),
    }],
    licenses: [{ license: { id: license } }],
  };
}

/** The package URL (purl) of a package. */
function urlOf({ name, version }: NpmPackage): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}
