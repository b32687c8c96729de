import { afterAll, beforeAll, expect, test } from "vitest";
import { seeded } from "../faults/seeded.ts";
import { done } from "../harness/hub-api.ts";
import { buildIndex, type Image } from "../harness/images.ts";
import type { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import {
  enforce,
  fakeDigest,
  NAME,
  OWNER,
  ours,
  POLICIES,
  type PolicyHub,
  PROVENANCE,
  SIGNED,
  second,
  startPolicyHub,
  theirs,
} from "./policy-hub.ts";

let hub: PolicyHub;
beforeAll(async () => {
  hub = await startPolicyHub();
});
afterAll(() => hub[Symbol.asyncDispose]());

/** What the repository is called later. */
const LATER = "acme/tools";

/** Images in all mixtures of what is known of them. The last one is an index of the first. */
async function pushMixture(random: Randomness): Promise<readonly Pick<Image, "manifest">[]> {
  const images: Image[] = [];
  for (let number = 0; number < 8; number += 1) {
    const image = await hub.pushImage(`${number % 2 === 0 ? "v" : "dev"}${number}`);
    images.push(image);
    await tell(random, image, number);
  }
  const index = buildIndex(images.slice(0, 1));
  await hub.owner.push(NAME, "v", index);
  return [...images, index];
}

async function tell(random: Randomness, image: Image, number: number): Promise<void> {
  const isHeads = () => random.below(2) === 0;
  // The first two are different whatever comes by chance, and the first one is not scanned.
  const signers = [[ours], []][number] ?? [ours, second, theirs].filter(isHeads);
  for (const key of signers) await hub.sign(image, key);
  const by = isHeads() ? "ci" : "me";
  if (isHeads()) await hub.sign(image, ours, { predicateType: PROVENANCE, predicate: { by } });
  const severity = random.pick(["critical", "high", "low"]);
  const findings = [{ id: `CVE-${number}`, severity, fixed: isHeads() }].filter(isHeads);
  if (number > 0) hub.scan(image, findings);
}

/** Everybody who pulls, by what they show: of each account what may push, and what may only read. */
async function listPullers(): Promise<readonly (readonly [string, RegistryClient])[]> {
  const wish = { label: "reads", scopes: ["repo:read"] };
  const token = await done(hub.olaf("POST /api/v1/account/tokens", wish));
  const makeRobot = async (label: string, actions: readonly string[]) => {
    const resources = [{ repositories: "acme/*", actions }];
    const robot = { label, resources };
    const { body } = await done(hub.root("POST /api/v1/organizations/acme/robots", robot));
    return new RegistryClient(hub.url, { user: { name: `acme+${label}`, password: body.secret } });
  };
  return [
    ["olaf", hub.owner],
    ["olaf", new RegistryClient(hub.url, { user: { name: "olaf", password: token.body.secret } })],
    ["rita", hub.reader],
    ["anonymous", hub.anybody],
    ["acme+pushes", await makeRobot("pushes", ["pull", "push"])],
    ["acme+reads", await makeRobot("reads", ["pull"])],
  ];
}

interface Pull {
  readonly account: string;
  readonly client: RegistryClient;
  readonly digest: string;
}

/** What the policy in force says of the same pulls, made once more. */
async function enforceOn(pulls: readonly Pull[]) {
  const refused: Record<string, { pulls: number; accounts: Set<string> }> = {};
  let [refusedPulls, passedPulls] = [0, 0];
  for (const { account, client, digest } of pulls) {
    const { status, headers } = await client.getManifest(LATER, digest);
    if (status === 200 && headers.warning !== undefined) passedPulls += 1;
    if (status === 200) continue;
    expect(status).toBe(403);
    refusedPulls += 1;
    refused[digest] ??= { pulls: 0, accounts: new Set() };
    refused[digest].pulls += 1;
    refused[digest].accounts.add(account);
  }
  return { refusedPulls, passedPulls, refused };
}

interface Simulated {
  readonly digest: string;
  readonly repository: string;
  readonly pulls: number;
  readonly accounts: readonly string[];
}

async function simulate(scope: string, body: object) {
  const path = `POST ${POLICIES}/simulations?scope=${scope}&name=q`;
  const { body: found } = await done(hub.olaf(path, body));
  const { refusedPulls, passedPulls, pulls, images } = found;
  expect(found.refused.every(({ repository }: Simulated) => repository === LATER)).toBe(true);
  const refused = Object.fromEntries(
    found.refused.map(({ digest, pulls: count, accounts }: Simulated) => [
      digest,
      { pulls: count, accounts: new Set(accounts) },
    ]),
  );
  return { counted: { pulls, images }, verdicts: { refusedPulls, passedPulls, refused } };
}

/** Rows of one pull each; a second try finds them there. */
function seedPulls(from: number, to: number): void {
  const numbers = Array.from({ length: to - from }, (_, at) => from + at);
  hub.write(
    "insert or ignore into pull_hours (hour, namespace_id, repository, visibility, account, credential, address, tag, digest, checks, pulls, repository_id, fetches) select ?, null, name, 'public', 'rita', '', '', '', ?, 0, 1, id, 1 from repositories where name = 'acme/other'",
    numbers.map((number) => [hub.clock.now, fakeDigest(10_000 + number)]),
  );
}

/** As many simulations as thirty people start at once, and how often somebody else was answered meanwhile. */
async function simulateTogether() {
  const path = `POST ${POLICIES}/simulations?scope=acme/other&name=q`;
  // Whoever was known a moment ago is let in at once: they all come together.
  await done(hub.olaf(path, enforce(SIGNED)));
  const startedAt = performance.now();
  let isOver = false;
  const tries = Array.from({ length: 30 }, () => hub.olaf(path, enforce(SIGNED)));
  const all = Promise.all(tries).finally(() => {
    isOver = true;
  });
  let answers = 0;
  for (; !isOver; answers += 1) await hub.anybody.send("GET", "/v2/");
  const statuses = (await all).map(({ status }) => status);
  return { answers, statuses, took: performance.now() - startedAt };
}

test("a simulation of many pulls holds nobody up, and only so many wait for their turn", async () => {
  // Until they take long enough that others notice, however fast the machine is.
  let rows = 0;
  let outcome: Awaited<ReturnType<typeof simulateTogether>>;
  do {
    const more = Math.max(300, rows * 3);
    seedPulls(rows, rows + more);
    rows += more;
    outcome = await simulateTogether();
  } while (outcome.took < 1000 && rows < 30_000);
  const { answers, statuses } = outcome;
  expect(answers).toBeGreaterThan(10);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(10);
  expect(statuses).toContain(429);
}, 120_000);

test("a simulation says of each pull what the policy then says, pushers and former names included", async () => {
  const random = seeded();
  const images = await pushMixture(random);
  const pullers = await listPullers();
  const pulls: Pull[] = [];
  const pullAs = async (name: string) => {
    for (const [account, client] of pullers) {
      for (const { manifest } of images.filter(() => random.below(2) === 0)) {
        expect((await client.getManifest(name, manifest.digest)).status).toBe(200);
        pulls.push({ account, client, digest: manifest.digest });
      }
    }
  };
  await pullAs(NAME);
  // What was pulled is written down once a second: before the name changes, so that it is the former one.
  const settle = `POST ${POLICIES}/simulations?scope=acme&name=q`;
  await done(hub.olaf(settle, enforce(SIGNED)));
  await hub.typeAs(OWNER, `repo rename ${NAME} tools --yes`);
  await pullAs(NAME);
  await pullAs(LATER);

  const both = [{ key: "acme/release" }, { key: "acme/audit" }];
  const where = [{ path: "by", equals: "ci" }];
  const policies = [
    SIGNED,
    { signedBy: { anyOf: both, atLeast: 2 } },
    { signedBy: { anyOf: both } },
    { attestations: [{ type: PROVENANCE, anyOf: both, where }] },
    { vulnerabilities: { severity: "high" } },
    { vulnerabilities: { severity: "high", onlyFixable: true }, ...SIGNED },
  ];
  const trials = policies.map((rules, at) =>
    at % 2 === 0
      ? { scope: LATER, body: enforce(rules) }
      : { scope: "acme", body: enforce(rules, { tags: ["v*"] }) },
  );
  // All before any is enforced, since those are pulls as well.
  const simulated: Awaited<ReturnType<typeof simulate>>[] = [];
  for (const { scope, body } of trials) simulated.push(await simulate(scope, body));
  const refused = simulated.map(({ verdicts }) => verdicts.refusedPulls);
  expect(Math.max(...refused)).toBeGreaterThan(0);
  for (const [at, { scope, body }] of trials.entries()) {
    await hub.setPolicy(scope, body, "q");
    const title = JSON.stringify({ scope, body });
    expect(simulated[at]?.verdicts, title).toEqual(await enforceOn(pulls));
    const digests = new Set(pulls.map(({ digest }) => digest));
    expect(simulated[at]?.counted, title).toEqual({ pulls: pulls.length, images: digests.size });
    await hub.removePolicy(scope, "q");
  }
  const typed = await hub.typeAs(OWNER, `policy simulate ${LATER} q --signed-by acme/release`);
  expect(typed).toMatch(/^\d+ of \d+ pulls, \d+ of \d+ images/);
  expect(typed).toMatch(/\n\d+ pulls more are let through: by those who may push/);
  const shared = [hub.owner, hub.reader, hub.anybody];
  for (const [, client] of pullers)
    if (!shared.includes(client)) await client[Symbol.asyncDispose]();
});
