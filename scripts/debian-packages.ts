import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const LIST = join(import.meta.dirname, "test-packages.txt");

/** Installs the Debian packages that the tests drive; whoever may not install gets one line that says what to do. */
export function ensureDebianPackages(): void {
  const missing = listMissing(readFileSync(LIST, "utf8").split("\n").filter(Boolean));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw new Error(`the tests need Debian packages: sudo apt-get install ${missing.join(" ")}`);
  }
  console.log(`installing Debian packages: ${missing.join(" ")}`);
  aptGet("update", "--quiet");
  // Without the recommended packages, and without their services: the tests start what they need by themselves.
  aptGet("install", "--yes", "--quiet", "--no-install-recommends", ...missing);
}

function listMissing(names: readonly string[]): string[] {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg fills these in
  const format = "${Package} ${db:Status-Abbrev}\n";
  const query = spawnSync("dpkg-query", ["--show", "--showformat", format], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (query.error !== undefined) {
    throw new Error(`the tests need Debian, with the packages ${names.join(" ")}`, {
      cause: query.error,
    });
  }
  const installed = new Set(
    query.stdout
      .split("\n")
      .filter((line) => line.trimEnd().endsWith(" ii"))
      .map((line) => line.split(" ")[0]),
  );
  return names.filter((name) => !installed.has(name));
}

function aptGet(...words: readonly string[]): void {
  const { status } = spawnSync("apt-get", words, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
  });
  if (status !== 0) throw new Error(`apt-get ${words.join(" ")} failed, see above`);
}
