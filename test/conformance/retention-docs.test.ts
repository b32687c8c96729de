import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import { buildImage } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";

const DAY = 86_400_000;
const OWNER = { name: "olaf", password: SENTENCE };

/** The blocks of the section about retention, with the word behind their fence. */
async function readBlocks(): Promise<readonly { readonly kind: string; readonly text: string }[]> {
  const document = await readFile(join(import.meta.dirname, "../../docs/lifecycle.md"), "utf8");
  const [, section = ""] = /^## Retention$(.*?)^## /ms.exec(document) ?? [];
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, kind = "", text = ""]) => ({
    kind,
    text,
  }));
}

test("the examples of docs/lifecycle.md about retention do what they say", async () => {
  const blocks = await readBlocks();
  const [all = "", policy = ""] = blocks
    .filter(({ kind }) => kind === "retention")
    .map(({ text }) => text);
  const yaml = blocks.find(({ kind }) => kind === "yaml")?.text ?? "";
  let now = new Date("2026-01-01T00:00:00Z");
  await using hub = await withTerminal(await startAccountsHub({ clock: () => now }));
  await hub.addUsers("olaf");
  await hub.addOrganization("acme", { olaf: "owner" });
  await using client = new RegistryClient(hub.url, { user: OWNER });
  for (const tag of ["main-dev", "release-1", "v1"]) {
    const labels = tag === "main-dev" ? { env: "dev" } : { env: "prod" };
    await client.push("acme/api", tag, buildImage({ layers: [Buffer.from(tag)], labels }));
  }
  now = new Date(now.getTime() + 100 * DAY);

  const check = async (text: string) =>
    (await done(hub.as("olaf")("POST /api/v1/retention/check", { policy: text }))).body.policy;
  const lines = (text: string) =>
    text
      .split("\n")
      .flatMap((line) => line.replace(/#.*/, "").trim().replaceAll(/\s+/g, " ") || []);
  expect(lines(await check(yaml))).toEqual(lines(await check(all)));

  const folder = await mkdtemp(join(tmpdir(), "berth-docs-"));
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "policy"), policy);
  await writeFile(join(folder, "wrong"), "keep 30d\ndelete *-dev\n");
  const consoles = blocks.filter(({ kind }) => kind === "console").map(({ text }) => text);
  const commands = consoles
    .join("")
    .split(/^\$ berth /m)
    .slice(1);
  expect(commands.length).toBeGreaterThan(9);
  for (const example of commands) {
    const [command = "", ...output] = example.trimEnd().split("\n");
    const words = command.replace(/ (policy|wrong)\b/, ` ${folder}/$1`);
    const shown = await hub.typeAs(OWNER, words);
    expect(withoutSizes(lastOf(shown, output)), command).toBe(withoutSizes(output.join("\n")));
  }
}, 300_000);

/** Behind "...", the end of what was shown. */
function lastOf(shown: string, [first, ...others]: readonly string[]): string {
  if (first !== "...") return shown;
  return ["...", ...shown.split("\n").slice(-others.length)].join("\n");
}

/** How large an image comes out is not what the examples are about. */
function withoutSizes(text: string): string {
  return text.replaceAll(/\d+(?:\.\d+)? (?:B|KiB|MiB)\b/g, "SIZE");
}
