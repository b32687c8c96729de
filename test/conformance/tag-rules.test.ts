import { expect, test } from "vitest";
import { findDamage } from "../faults/store-check.ts";
import { randomImage } from "../harness/artifacts.ts";
import { startHub } from "../harness/hub.ts";
import { callerOf, done, push, SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";

const OLAF = { name: "olaf", password: SENTENCE };
const RULES = "/api/v1/tag-rules/acme/api";
const random = new Randomness();

async function startAcme() {
  const hub = await startWithTerminal();
  await hub.addUsers("olaf", "wanda", "adam");
  await hub.addOrganization("acme", { olaf: "owner", wanda: "contributor" });
  return { ...hub, olaf: hub.as("olaf"), pushes: (image: string) => hub.push(OLAF, image) };
}

const allow = (...lines: readonly string[]) => ({ format: { allow: lines } });

test("a format says which tags may be pushed, and which name was meant", async () => {
  await using hub = await startAcme();
  const { olaf, pushes } = hub;
  expect((await pushes("acme/api:1.25")).status).toBe(201);
  const set = await done(olaf(`PUT ${RULES}`, allow("semver", "semver")));
  const from = { level: "repository", name: "acme/api", locked: false };
  expect(set.body.format).toEqual({ allow: ["semver"], from });
  expect(await pushes("acme/api:1.26")).toEqual({
    status: 403,
    message:
      'tag "1.26" of acme/api is not allowed: rule "semver" wants MAJOR.MINOR.PATCH; did you mean 1.26.0?',
  });
  expect((await pushes("acme/api:1.26.0")).status).toBe(201);
  // What was there before stays, can be pushed as it is and deleted, but not moved.
  expect((await olaf("GET /v2/acme/api/manifests/1.25")).status).toBe(200);
  expect((await pushes("acme/api:1.25")).status).toBe(201);
  await using client = new RegistryClient(hub.url, { user: OLAF });
  const other = randomImage(random);
  await client.push("acme/api", other.manifest.digest, other);
  const { digest } = other.manifest;
  expect((await client.putManifest("acme/api", "1.25", other.manifest)).status).toBe(403);
  expect((await client.delete("/v2/acme/api/manifests/1.25")).status).toBe(202);
  const both = await client.putManifest("acme/api", `${digest}?tag=2.0.0&tag=2.0`, other.manifest);
  expect(both.status).toBe(403);
  expect((await olaf("GET /v2/acme/api/manifests/2.0.0")).status).toBe(404);

  await done(olaf(`PUT ${RULES}`, allow("semver", "glob:nightly-*", "regex:v[0-9]+")));
  for (const tag of ["nightly-7", "v7"]) expect((await pushes(`acme/api:${tag}`)).status).toBe(201);
  expect((await pushes("acme/api:nightly7")).message).toBe(
    'tag "nightly7" of acme/api is not allowed: the rules allow "semver", "glob:nightly-*", "regex:v[0-9]+"; did you mean nightly-7?',
  );
  await done(olaf(`PUT ${RULES}`, { format: null }));
  expect((await pushes("acme/api:whatever")).status).toBe(201);
  for (const line of ["semantic", "glob:a/b", "regex:(?=a)", "regex:", "regex:(a{999}){9}"]) {
    const refused = await olaf(`PUT ${RULES}`, allow("semver", line));
    expect([line, refused.status]).toEqual([line, 400]);
    expect(refused.body.type).toBe("urn:berth:problem:PATTERN_INVALID");
  }
  const trail = await hub.root("GET /api/v1/audit?action=repo.tag.format.updated");
  expect(
    trail.body.items.map(({ before, after }: Record<string, string>) => [before, after]),
  ).toEqual([
    ['{"allow":["semver","glob:nightly-*","regex:v[0-9]+"]}', "{}"],
    ['{"allow":["semver"]}', '{"allow":["semver","glob:nightly-*","regex:v[0-9]+"]}'],
    ["{}", '{"allow":["semver"]}'],
  ]);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("hub, namespace and repository each say something, and the nearest wins unless one above is locked", async () => {
  await using hub = await startAcme();
  const { olaf, root, pushes } = hub;
  const acme = "/api/v1/namespaces/acme/tag-rules";
  await done(root("PUT /api/v1/tag-rules", allow("semver")));
  const nowhere = await pushes("acme/new:x");
  expect(nowhere.message).toContain('rule "semver" of the hub wants MAJOR.MINOR.PATCH');
  expect((await olaf("GET /v2/acme/new/manifests/x")).status).toBe(404);
  await done(olaf(`PUT ${acme}`, { ...allow("environment"), immutable: { enabled: true } }));
  expect((await pushes("acme/api:1.0.0")).message).toContain('rule "environment" of acme wants');
  expect((await pushes("acme/api:1-dev")).status).toBe(201);
  expect((await olaf("DELETE /v2/repositories/acme/api/tags/1-dev/")).body.message).toBe(
    "tag 1-dev of acme/api is immutable (all tags) and can be neither moved nor deleted: push another tag, or an owner of acme can change the rule",
  );
  const seen = await done(olaf(`GET ${RULES}`));
  const from = { level: "namespace", name: "acme", locked: false };
  expect(seen.body).toMatchObject({
    format: { from },
    immutable: { enabled: true, from },
    own: {},
  });
  expect(
    (await olaf("GET /v2/namespaces/acme/repositories/api")).body.immutable_tags_settings,
  ).toEqual({ enabled: true, rules: [] });
  const list = await olaf("GET /v2/namespaces/acme/repositories");
  expect(list.body.results[0].immutable_tags_settings.enabled).toBe(true);

  await done(olaf(`PUT ${RULES}`, { ...allow(), immutable: { enabled: false } }));
  expect((await pushes("acme/api:anything")).status).toBe(201);
  expect((await olaf("DELETE /v2/repositories/acme/api/tags/1-dev/")).status).toBe(204);
  await done(root("PUT /api/v1/tag-rules", { format: { allow: ["semver"], locked: true } }));
  expect((await pushes("acme/api:something")).message).toContain('rule "semver" of the hub');
  for (const place of [acme, RULES]) {
    const refused = await olaf(`PUT ${place}`, allow());
    expect(refused).toMatchObject({ status: 409, body: { type: "urn:berth:problem:RULE_LOCKED" } });
  }
  const locked = { level: "hub", name: "hub", locked: true };
  expect((await olaf(`GET ${RULES}`)).body).toMatchObject({
    format: { allow: ["semver"], from: locked },
    own: { format: { allow: [], locked: false } },
  });
  expect((await hub.as("wanda")(`PUT ${acme}`, allow())).status).toBe(403);
  expect((await hub.as("adam")(`GET ${acme}`)).status).toBe(404);
  const adam = { name: "adam", password: SENTENCE };
  await done(root("PUT /api/v1/tag-rules", { format: null }));
  await done(hub.as("adam")("PUT /api/v1/namespaces/adam/tag-rules", allow("architecture")));
  expect((await hub.push(adam, "adam/app:1")).message).toContain("did you mean 1-amd64?");
  // Nobody takes a rule of one namespace along to another.
  await done(olaf(`PUT ${acme}`, { format: null, immutable: null }));
  expect((await pushes("acme/other:1")).status).toBe(201);
});

test("a rule that was answered holds for every push that is answered later", async () => {
  await using hub = await startAcme();
  const { olaf } = hub;
  const image = randomImage(random);
  await using client = new RegistryClient(hub.url, { user: OLAF });
  await client.push("acme/api", image.manifest.digest, image);
  for (const round of [1, 2, 3]) {
    await done(olaf(`PUT ${RULES}`, { format: null }));
    let isAnswered = false;
    const late: string[] = [];
    const rule = done(olaf(`PUT ${RULES}`, allow("semver"))).then(() => {
      isAnswered = true;
    });
    const pushing = Array.from({ length: 64 }, async (_, index) => {
      for (let time = 0; time < 4; time += 1) {
        const wasAnswered = isAnswered;
        const tag = `r${round}-${index}-${time}`;
        const { status } = await client.putManifest("acme/api", tag, image.manifest);
        if (wasAnswered && status === 201) late.push(tag);
      }
    });
    await Promise.all([rule, ...pushing]);
    expect(late).toEqual([]);
    expect((await client.putManifest("acme/api", `late-${round}`, image.manifest)).status).toBe(
      403,
    );
  }
});

test("a hub without accounts has rules, too: whoever pushes sets them", async () => {
  const user = { name: "ann", password: SENTENCE };
  await using hub = await startHub({ users: [user] });
  const ann = callerOf(hub.url, user);
  expect((await push(hub.url, user, "app:1")).status).toBe(201);
  expect((await callerOf(hub.url)("GET /api/v1/tag-rules/app")).status).toBe(401);
  await done(ann("PUT /api/v1/tag-rules/app", allow("semver")));
  await done(ann("PUT /api/v1/tag-rules", { immutable: { enabled: true } }));
  expect((await push(hub.url, user, "app:2")).message).toContain("did you mean 2.0.0?");
  expect((await push(hub.url, user, "app:1.0.0")).status).toBe(201);
  expect((await ann("DELETE /v2/app/manifests/1.0.0")).status).toBe(412);
  expect((await ann("GET /api/v1/tag-rules/app")).body.immutable.from.level).toBe("hub");
  expect((await ann("GET /api/v1/tag-rules/none")).status).toBe(404);
});

test("patterns made to take long take no time, neither in pushes nor in previews", async () => {
  await using hub = await startAcme();
  const { olaf, pushes } = hub;
  const long = `${"ab".repeat(60)}c`;
  expect((await pushes(`acme/api:${long}`)).status).toBe(201);
  const slow = Array.from(
    { length: 32 },
    (_, at) => `regex:([ab]*a)*[ab]{20}${"x".repeat(at + 1)}`,
  );
  const huge = [".{999}".repeat(40), "(a|b|c|d|e){999}".repeat(15), "\\pL{999}".repeat(31)];
  const begun = performance.now();
  for (const regex of huge) {
    const path = "/v2/repositories/acme/api/immutabletags/verify";
    expect((await olaf(`POST ${path}`, { regex })).status).toBe(400);
    expect((await olaf(`PUT ${RULES}`, allow(`regex:${regex}`))).status).toBe(400);
  }
  expect(performance.now() - begun).toBeLessThan(1_500);
  const large = Array.from({ length: 8 }, (_, at) => `regex:[ab]{${200 + at}}`);
  const tooMuch = await olaf(`PUT ${RULES}`, allow(...large));
  expect(tooMuch.body.detail).toContain("too large together");
  await done(olaf(`PUT ${RULES}`, allow(...slow)));
  const pushed = performance.now();
  expect((await pushes(`acme/api:${long}d`)).status).toBe(403);
  expect(performance.now() - pushed).toBeLessThan(3_000);
});

test("berth repo, org and hub rules show, try and change what holds", async () => {
  await using hub = await startAcme();
  await hub.pushes("acme/api:1.0.0");
  const type = (line: string) => hub.typeAs(OLAF, line);
  expect(await type("repo rules acme/api")).toBe(
    "RULE       TAGS  SAID BY\nformat     any   nobody\nimmutable  none  nobody\nprotected  none  nobody\naliases    none  nobody\nassembled  none  nobody",
  );
  expect(await hub.type("hub rules --format semver glob:nightly-* --lock")).toContain(
    "format     semver, glob:nightly-*  the hub (locked)",
  );
  expect(await type("org rules acme --immutable v.* --lock")).toContain("immutable  v.*  ");
  expect(await type("repo rules acme/api --immutable x")).toContain(
    "an owner of the namespace can",
  );
  expect(await type("org rules acme --all-immutable --unlock")).toContain("immutable  all ");
  expect(await type("repo rules acme/api --try 1.0.0 1.1 2.0.0")).toBe(
    [
      "1.0.0: move refused: tag 1.0.0 of acme/api is immutable (all tags) and can be neither moved nor deleted: push another tag, or an owner of acme can change the rule",
      "1.0.0: delete refused: tag 1.0.0 of acme/api is immutable (all tags) and can be neither moved nor deleted: push another tag, or an owner of acme can change the rule",
      '1.1: push refused: tag "1.1" of acme/api is not allowed: the rules of the hub allow "semver", "glob:nightly-*"; did you mean 1.1.0?',
      "2.0.0: push allowed",
    ].join("\n"),
  );
  expect(await type("repo rules acme/api --not-immutable")).toContain(
    "none                    acme/api",
  );
  expect(await type("repo rules acme/api --inherit immutable")).toContain(
    "all                     acme",
  );
  expect(await type("repo rules acme/api --any-format --format semver")).toBe(
    "berth: say one of --format and --any-format",
  );
  expect(await type("hub rules --format semver")).toContain("only an administrator of the hub");
});
