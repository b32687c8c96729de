import { setTimeout as sleep } from "node:timers/promises";
import type { Staged } from "../../web/src/page-list.ts";
import { done, ROOT } from "./hub-api.ts";
import { digestOf } from "./images.ts";
import { pushImage } from "./pushed-image.ts";
import { simulateRetention } from "./retention.ts";
import { BOOKWORM, installed, isOver, scansOf, type startScanningHub } from "./scanning-hub.ts";
import { writeTar } from "./tar.ts";

export const STAGE_SETTINGS = {
  "access.signUp": "open",
  "builds.builder": "buildah-trusted",
  "outbound.allow": "127.0.0.0/8",
};

type StageHub = Awaited<ReturnType<typeof startScanningHub>>;

interface Wish {
  readonly organization: string;
  readonly vulnerability: string;
  /** Where webhooks go. */
  readonly receiver: string;
  /** What stands wherever somebody may write what they like: as they would, or as an attacker would. */
  readonly words: (what: string) => string;
}

/** An organization with something of everything that pages show. */
export async function stageNamespace(hub: StageHub, wish: Wish): Promise<Staged> {
  const { organization, vulnerability } = wish;
  const repository = `${organization}/web`;
  await makeOrganization(hub, wish);
  await pushImages(hub, wish, repository);
  await describeRepository(hub, wish, repository);
  await sayPolicies(hub, wish, repository);
  const build = await buildOnce(hub, wish, repository);
  const submission = await submit(hub, wish);
  return { organization, repository, build, submission, vulnerability };
}

async function makeOrganization({ root }: StageHub, wish: Wish): Promise<void> {
  const { organization: name, words, receiver } = wish;
  const at = `/api/v1/organizations/${name}`;
  await done(root("POST /api/v1/organizations", { name, fullName: words("Acme Ltd.") }));
  await done(root(`PUT ${at}/members/olaf`, { role: "owner" }));
  await done(root(`POST ${at}/teams`, { name: "web", description: words("The web shop") }));
  const right = { team: "web", pattern: "web*", actions: ["pull", "push"] };
  await done(root(`PUT /api/v1/namespaces/${name}/rights`, right));
  const resources = [{ repositories: `${name}/**`, actions: ["pull"] }];
  await done(root(`POST ${at}/robots`, { label: "deploy", description: words("x"), resources }));
  await done(root(`POST ${at}/tokens`, { label: "CI", description: words("x"), resources }));
  const role = { name: "releaser", description: words("Who releases") };
  await done(root(`POST ${at}/roles`, { ...role, permissions: ["repository.push"] }));
  const hook = { namespace: name, label: words("Chat"), url: receiver };
  await done(root("POST /api/v1/webhooks", hook));
  await done(root("POST /api/v1/account/tokens", { label: words("CI"), scopes: ["repo:read"] }));
  await done(root("PATCH /api/v1/account/profile", { company: words("Acme") }));
}

async function pushImages(hub: StageHub, wish: Wish, repository: string): Promise<void> {
  for (const [tag, version] of [
    ["1", "1.22.1-8"],
    ["1", "1.22.1-9"],
    ["2", "1.22.1-9+deb12u1"],
  ] as const) {
    await pushImage(hub.url, ROOT, { as: `${repository}:${tag}`, ...imageOf(wish, version) });
    await hub.ask(scansOf(repository, tag), isOver);
  }
}

function imageOf({ words }: Wish, version: string) {
  const layers = [
    writeTar([BOOKWORM, installed(["bash", "5.2.15-2"])]),
    writeTar([installed(["nginx", version], [words("libshop"), "1"])]),
  ];
  const history = [
    { created_by: `COPY packages / # ${words("by Debian")}`, comment: words("base") },
    { created_by: `RUN apt-get install --yes nginx # ${words("the shop")}` },
  ];
  const config = {
    ...{ os: "linux", architecture: "amd64", created: "2026-01-01T00:00:00Z", history },
    rootfs: { type: "layers", diff_ids: layers.map((layer) => digestOf(layer)) },
    author: words("The shop"),
    config: { Env: [`MODE=${words("shop")}`], Labels: { [words("team")]: words("shop") } },
  };
  return { layers, config, annotations: { [words("team")]: words("shop") } };
}

async function describeRepository({ root }: StageHub, wish: Wish, name: string): Promise<void> {
  const { words, vulnerability } = wish;
  const description = words("The pages of the shop");
  const fullDescription = words("# The shop\n\nSells **everything**, at once.");
  await done(root(`PATCH /api/v1/repositories/${name}`, { description, fullDescription }));
  const decision = { vulnerability, status: "under_investigation", reason: words("Asked them") };
  await done(root(`POST /api/v1/vex/repositories/${name}`, decision));
}

async function sayPolicies(hub: StageHub, wish: Wish, repository: string): Promise<void> {
  const { root } = hub;
  const { organization, words } = wish;
  const policy = `keep n: 5\n# ${words("The last five")}`;
  const scope = { kind: "repository", name: repository };
  const { report } = await simulateRetention(hub.url, ROOT, { scope, policy });
  const simulation = report?.simulation;
  await done(root(`PUT /api/v1/retention/repositories/${repository}`, { policy, simulation }));
  await done(root("POST /api/v1/retention/runs", { scope }));
  const rule = { immutable: { enabled: true, patterns: ["2"] } };
  await done(root(`PUT /api/v1/tag-rules/${repository}`, rule));
  const override = { repository, tag: "2", reason: words("A wrong base") };
  await done(root("POST /api/v1/tag-overrides", override));
  const named = `/api/v1/pull-policies`;
  const query = `scope=${organization}&name=signed`;
  const signers = {
    anyOf: [{ issuer: "https://issuer.example", subject: words("me@acme.example") }],
  };
  const rules = { signedBy: signers };
  await done(root(`PUT ${named}?${query}`, { mode: "warn", rules }));
  const exception = { repository, reason: words("Mended on Monday"), expiresInDays: 7 };
  await done(root(`POST ${named}/exceptions?${query}`, exception));
}

/** Answers the number of a build that failed, whose log has those words. */
async function buildOnce(hub: StageHub, wish: Wish, repository: string): Promise<string> {
  const { root } = hub;
  const text = wish.words("the shop");
  await done(
    root(`POST /api/v1/build-triggers/of/${repository}`, { label: wish.words("Nightly") }),
  );
  const dockerfile = `FROM scratch\nLABEL made-for='${text}'\nCOPY nowhere /\n`;
  const archive = writeTar([{ name: "Dockerfile", content: Buffer.from(dockerfile) }]);
  const pair = Buffer.from(`${ROOT.name}:${ROOT.password}`).toString("base64");
  const sent = await fetch(`${hub.url}/api/v1/build-uploads/${repository}`, {
    ...{ method: "POST", body: archive },
    headers: { "content-type": "application/x-tar", authorization: `Basic ${pair}` },
  });
  const { items } = (await sent.json()) as { items: readonly [{ readonly id: number }] };
  const [{ id }] = items;
  // The caller's own time bounds it.
  while ((await done(root(`GET /api/v1/builds/${id}`))).body.endedAt === undefined) await sleep(50);
  return String(id);
}

async function submit({ root }: StageHub, { organization, words }: Wish): Promise<string> {
  const documents = { "README-short.txt": words("A shop"), "content.md": words("# The shop") };
  const definition = `Maintainers: ${words("Acme")} (@acme)\n`;
  const draft = { name: organization, definition, documents, draft: true };
  const { body } = await done(root("POST /api/v1/official/submissions", draft));
  return String(body.id);
}
