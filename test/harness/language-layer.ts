import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { PROJECT } from "./clone.ts";
import { run } from "./command.ts";
import { type TarEntry, writeTar } from "./tar.ts";
import { writeZip } from "./zip.ts";

/** Of Debian; the names of their files lose what only Debian's layout says. */
const JARS = ["commons-lang3", "commons-codec", "gson"];
const PYTHON_PACKAGES = ["python3-requests", "python3-urllib3", "python3-pip", "python3-idna"];
const REQUIREMENTS = "requests\npip\n";
const RUBY_SPECIFICATIONS = /\/specifications\/(?:default\/)?[^/]+\.gemspec$/;
const PYTHON_METADATA = /\.(?:dist|egg)-info(?:\/(?:METADATA|PKG-INFO))?$/;

/**
 * A layer of what other people packaged, as it lies on disks: the production dependencies of this project (npm), distributions of
 * Python, gems and jars of Debian, a program of Debian that Go built, and one of npm that has modules in it.
 */
export async function languageLayer(goProgram: string): Promise<Buffer> {
  const parts = await Promise.all([
    npmEntries(),
    installedEntries(PYTHON_PACKAGES, PYTHON_METADATA, "usr/local/lib/python3.11/site-packages"),
    installedEntries(
      ["libruby3.1", "ruby-rubygems", "rake"],
      RUBY_SPECIFICATIONS,
      "usr/local/lib/ruby/gems/specifications",
    ),
    // Snyk only looks at distributions that an application asks for.
    [{ name: "srv/py/requirements.txt", content: Buffer.from(REQUIREMENTS) }],
    javaEntries(),
    goEntries([goProgram, "/usr/sbin/runc"]),
  ]);
  return writeTar(parts.flat());
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly dev?: true; readonly optional?: true; readonly link?: true }>
  >;
}

/** The descriptions of what `npm ci --omit=dev --omit=optional` would install. */
async function npmEntries(): Promise<TarEntry[]> {
  const { packages } = JSON.parse(
    await readFile(join(PROJECT, "package-lock.json"), "utf8"),
  ) as Lock;
  const folders = Object.entries(packages)
    .filter(
      ([path, { dev, optional, link }]) =>
        path.startsWith("node_modules/") && !(dev ?? optional ?? link),
    )
    .map(([path]) => path);
  const manifest = JSON.parse(await readFile(join(PROJECT, "package.json"), "utf8"));
  const { name, version, dependencies } = manifest;
  const application = JSON.stringify({ name, version, private: true, dependencies });
  return [
    { name: "srv/app/package.json", content: Buffer.from(application) },
    ...(await Promise.all(
      folders.map(async (folder) => ({
        name: `srv/app/${folder}/package.json`,
        content: await readFile(join(PROJECT, folder, "package.json")),
      })),
    )),
  ];
}

async function installedEntries(
  packages: readonly string[],
  pattern: RegExp,
  folder: string,
): Promise<TarEntry[]> {
  const { stdout } = await run("dpkg", ["-L", ...packages]);
  const files = [...new Set(stdout.split("\n").filter((path) => pattern.test(path)))];
  const entries = await Promise.all(
    files.map(async (path) => {
      // A folder that is named like the file of older eggs.
      const content = await readFile(path).catch(() => undefined);
      const name = path.replace(/^.*\/(?:dist-packages|specifications)\//, `${folder}/`);
      return content === undefined ? [] : [{ name, content, mode: 0o644 }];
    }),
  );
  return entries.flat();
}

/** Three as they are, and one more time all of them in an application's archive. */
async function javaEntries(): Promise<TarEntry[]> {
  const jars = await Promise.all(
    JARS.map(async (name) => ({
      name: `${name}.jar`,
      content: await readFile(join("/usr/share/java", `${name}.jar`)),
    })),
  );
  const nested = jars.map(({ name, content }) => ({ name: `WEB-INF/lib/${name}`, content }));
  return [
    ...jars.map(({ name, content }) => ({ name: `opt/java/${name}`, content, mode: 0o644 })),
    { name: "opt/tomcat/shop.war", content: writeZip(nested), mode: 0o644 },
  ];
}

async function goEntries(programs: readonly string[]): Promise<TarEntry[]> {
  return Promise.all(
    programs.map(async (path) => ({
      name: `usr/local/bin/${basename(path)}`,
      content: await readFile(path),
    })),
  );
}
