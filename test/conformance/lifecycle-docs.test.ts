import { expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { commandsOf, readExamples, splitWords } from "../harness/doc-examples.ts";
import { done, ROOT, SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";

/*
 * The commands that docs/lifecycle.md shows are typed as they stand there, section by section, and have to succeed. A section
 * is a row of SECTIONS: `before` makes what its examples speak of, and `fill` puts in what a reader would, such as a digest.
 * Each section has a hub of its own, with acme (owners olaf and otto, team release, contributor wanda) and acme/api.
 */
const DOCUMENT = "docs/lifecycle.md";
const OLAF = { name: "olaf", password: SENTENCE };
const DAY = 86_400_000;
const random = new Randomness();

async function startAcme() {
  await using resources = new AsyncDisposableStack();
  const time = { now: Date.now() };
  const hub = resources.use(await startWithTerminal({ clock: () => new Date(time.now) }));
  await hub.addUsers("olaf", "otto", "wanda");
  await hub.addOrganization("acme", { olaf: "owner", otto: "owner", wanda: "contributor" });
  const olaf = hub.as("olaf");
  await done(olaf("POST /api/v1/organizations/acme/teams", { name: "release" }));
  await done(
    olaf("POST /api/v1/organizations/acme/robots", {
      label: "ci",
      resources: [{ repositories: "acme/*", actions: ["pull", "push"] }],
    }),
  );
  const client = resources.use(new RegistryClient(hub.url, { user: OLAF }));
  const owned = resources.move();
  return {
    ...{ ...hub, olaf, client, time },
    async release(tag: string): Promise<string> {
      const image = randomImage(random, [32]);
      expect((await client.push("acme/api", tag, image)).status).toBe(201);
      return image.manifest.digest;
    },
    /** Types a line of the document; answers what it said. */
    async type(line: string): Promise<string> {
      const name = /^repo override approve/.test(line) ? "otto" : "olaf";
      const user = line.startsWith("hub ") ? ROOT : { name, password: SENTENCE };
      const { output, exitCode } = await hub.runAs(user, splitWords(line));
      expect([line, exitCode, output]).toEqual([line, 0, output]);
      return output;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Acme = Awaited<ReturnType<typeof startAcme>>;

interface Section {
  readonly heading: string;
  readonly before?: (hub: Acme) => Promise<unknown>;
  /** `made` is what `before` answered. */
  readonly fill?: (line: string, made: unknown, hub: Acme) => Promise<string> | string;
  readonly after?: (hub: Acme, blocks: readonly (readonly string[])[]) => Promise<void>;
}

const SECTIONS: readonly Section[] = [
  { heading: "Rules about tags", before: ({ release }) => release("1.0.0") },
  {
    heading: "Which tags may be pushed",
    before: ({ release }) => release("1.0.0"),
    async after(hub, blocks) {
      await done(hub.olaf("PUT /api/v1/tag-rules/acme/api", { format: { allow: ["semver"] } }));
      await expectRefusal(hub, { tag: "1.25" }, blocks);
    },
  },
  {
    heading: "Who may push or delete which tags",
    before: ({ release }) => release("v1.2"),
    async after(hub, blocks) {
      await hub.type("repo rules acme/api --protect v*=team:release,olaf");
      await expectRefusal(hub, { tag: "v1.2", by: "wanda" }, blocks);
    },
  },
  {
    heading: "Immutable tags",
    async before(hub) {
      await hub.release("v1.2");
      return { id: "" };
    },
    async fill(line, _made, hub) {
      if (!line.includes("9f0c...")) return line;
      const { items } = (await done(hub.olaf("GET /api/v1/tag-overrides/of/acme/api"))).body;
      return line.replace("9f0c...", items[0].id);
    },
    async after(hub, blocks) {
      await hub.type("repo immutable acme/api --tags v.*");
      await expectRefusal(hub, { tag: "v1.2" }, blocks);
    },
  },
  {
    heading: "Alias tags",
    before: ({ release }) => release("seed"),
    async after({ release, olaf, type }) {
      // The last example says that there is none.
      await type("repo aliases acme/api minor latest");
      const digest = await release("1.4.2");
      for (const tag of ["1.4", "latest"])
        expect((await olaf(`GET /v2/acme/api/manifests/${tag}`)).headers.get(DIGEST)).toBe(digest);
    },
  },
  { heading: "Assembled platforms", before: ({ release }) => release("seed") },
  {
    heading: "History",
    async before({ release, time }) {
      const now = time.now;
      time.now = now - 6 * DAY;
      const digest = await release("1.4");
      time.now = now - DAY;
      await release("1.4");
      time.now = now;
      return { digest, at: new Date(now - 4 * DAY).toISOString() };
    },
    fill: (line, made) => line.replaceAll("2026-11-24T08:00:00Z", (made as { at: string }).at),
    async after({ olaf }, blocks) {
      expect(blocks.flat().join("\n")).toContain("restore");
      expect((await olaf("GET /v2/acme/api/manifests/1.4")).status).toBe(200);
    },
  },
  {
    heading: "Undoing deletions",
    async before({ release, olaf }) {
      await release("1.4");
      await done(olaf("DELETE /v2/acme/api/manifests/1.4"));
      const digest = await release("1.5");
      await done(olaf(`DELETE /v2/acme/api/manifests/${digest}`));
      return digest;
    },
    fill: (line, digest) => line.replace("sha256:...", String(digest)),
    async after({ olaf }) {
      for (const tag of ["1.4", "1.5"])
        expect((await olaf(`GET /v2/acme/api/manifests/${tag}`)).status).toBe(200);
    },
  },
];

const DIGEST = "docker-content-digest";

test.each(SECTIONS)("the examples of $heading do what they say", async (section) => {
  const { heading, before, fill = (line) => line, after } = section;
  const blocks = await readExamples(DOCUMENT, heading);
  await using hub = await startAcme();
  const made = await before?.(hub);
  for (const line of commandsOf(blocks)) await hub.type(await fill(line, made, hub));
  await after?.(hub, blocks);
});

/** What docker would show of a push of another image to the tag is what the document shows. */
async function expectRefusal(
  hub: Acme,
  { tag, by = "olaf" }: { readonly tag: string; readonly by?: string },
  blocks: readonly (readonly string[])[],
): Promise<void> {
  const shown = blocks.flat().find((line) => line.startsWith("denied: "));
  const { message } = await hub.push({ name: by, password: SENTENCE }, `acme/api:${tag}`);
  expect(`denied: ${message}`).toBe(shown);
}
