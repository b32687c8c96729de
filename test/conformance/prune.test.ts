import { expect, test } from "vitest";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import { buildImage } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";

const DAY = 86_400_000;
const OWNER = { name: "olaf", password: SENTENCE };
const WANDA = { name: "wanda", password: SENTENCE };

async function startAcme() {
  let now = new Date("2026-06-01T00:00:00Z");
  await using resources = new AsyncDisposableStack();
  const hub = resources.use(await withTerminal(await startAccountsHub({ clock: () => now })));
  await hub.addUsers("olaf", "wanda");
  await hub.addOrganization("acme", { olaf: "owner", wanda: "contributor" });
  const client = resources.use(new RegistryClient(hub.url, { user: OWNER }));
  const push = async (tag: string, labels: Readonly<Record<string, string>> = {}) => {
    const image = buildImage({ labels });
    await client.push("acme/api", tag, image);
    now = new Date(now.getTime() + DAY);
    return image.manifest.digest;
  };
  const dangling = await push("moved", { env: "dev" });
  await push("moved", { env: "dev" });
  await push("dev-old", { env: "dev" });
  await push("kept", { env: "dev", keep: "yes" });
  await push("prod", { env: "prod" });
  await push("dev-new", { env: "dev" });
  const owned = resources.move();
  return {
    ...hub,
    dangling,
    prune: (words: string) => hub.typeAs(OWNER, `prune ${words}`),
    tags: async () => (await done(hub.as("olaf")("GET /v2/acme/api/tags/list"))).body.tags,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const ALL = ["dev-new", "dev-old", "kept", "moved", "prod"];

test("prune removes images without a tag, as docker does, and lists them before", async () => {
  await using hub = await startAcme();
  const { dangling } = hub;
  const line = `deleted: acme/api@${dangling}`;
  const dry = await hub.prune("acme/api --dry-run");
  expect(dry).toMatch(/^deleted: .*\nTotal space to reclaim: [\d.]+ [KM]?i?B$/);
  expect(dry).toContain(line);
  expect(await hub.prune("acme/api")).toContain("say --force if you are sure");
  const refused = await hub.answerAs(OWNER, "prune acme/api", "n\n");
  expect(refused).toContain(line);
  expect(refused).toContain("WARNING! This will remove these 1 dangling images of acme/api.");
  expect(refused).toContain("nothing was done");
  expect(
    (await hub.as("olaf")("GET /api/v1/retention/runs?kind=repository&name=acme/api")).body,
  ).toEqual({ items: [] });
  const done = await hub.answerAs(OWNER, "prune acme/api", "y\n");
  expect(done).toMatch(/run 1 done: 1 removed/);
  expect(await hub.prune("acme/api --force")).toMatch(/run 2 done: 0 removed/);
  expect(await hub.typeAs(OWNER, "retention undo 1")).toContain("1 put back");
  expect(await hub.prune("acme/api --dry-run")).toContain(line);
  expect(await hub.tags()).toEqual(ALL);
});

const FILTERED = [
  { words: "--all --filter until=60h", goes: ["dev-old", "kept", "moved"] },
  { words: "--all --filter until=2026-06-03T12:00:00Z", goes: ["dev-old", "moved"] },
  {
    words: "--all --filter label=env=dev --filter label!=keep",
    goes: ["dev-new", "dev-old", "moved"],
  },
  { words: "--all --filter label=keep", goes: ["kept"] },
  { words: "--all --filter label!=env=dev", goes: ["prod"] },
  { words: "-a --filter label=env=dev --filter until=60h", goes: ["dev-old", "kept", "moved"] },
  { words: "-a --filter label=env=dev --in-use 3d", goes: ["dev-old", "kept", "moved"] },
  { words: "--filter label=env=prod", goes: [] },
] as const;

test("prune knows docker's filters, of which all have to hold", async () => {
  await using hub = await startAcme();
  for (const { words, goes } of FILTERED) {
    const shown = await hub.prune(`acme/api --dry-run ${words}`);
    const tags = [...shown.matchAll(/^untagged: acme\/api:(.*)$/gm)].map(([, tag]) => tag);
    expect(tags, words).toEqual(goes);
  }
  const words = "acme --all --filter label=keep -f --pattern a*";
  expect(await hub.prune(words)).toMatch(/untagged: acme\/api:kept$/m);
  expect(await hub.tags()).toEqual(ALL.filter((tag) => tag !== "kept"));
  const json = await hub.prune("acme/api --all --filter label=env=prod --force --json");
  const [run, item] = json.split("\n").map((text) => JSON.parse(text));
  expect(run).toMatchObject({ state: "done", removed: 1 });
  expect(item).toMatchObject({ repository: "acme/api", tag: "prod", state: "removed" });
});

test("prune refuses what it cannot mean, and whom it does not know", async () => {
  await using hub = await startAcme();
  expect(await hub.prune("acme/api --all")).toContain("with --all, say which by --filter");
  expect(await hub.prune("acme/api --filter dangling=true")).toContain('"dangling" is no filter');
  expect(await hub.prune("acme/api --filter until=soon --force")).toContain('"soon" is no time');
  const smuggled = 'until=1h"\ndelete\t--match\t"*';
  expect(await hub.prune(`acme/api --force --filter ${smuggled}`)).toContain("is not closed");
  expect(await hub.typeAs(WANDA, "prune acme/api --force")).toMatch(/admin|denied/i);
  expect(await hub.typeAs(ROOT, "prune hub --dry-run")).toContain(hub.dangling);
  expect(await hub.tags()).toEqual(ALL);
});
