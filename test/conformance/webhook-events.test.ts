import { afterAll, beforeAll, expect, test } from "vitest";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { startReceiver } from "../harness/receiver.ts";

const ALICE = { name: "alice", password: SENTENCE };
const WAIT = { timeout: 10_000 };

let hub: Awaited<ReturnType<typeof startAccountsHub>>;

beforeAll(async () => {
  hub = await startAccountsHub({ settings: { "outbound.allow": "127.0.0.0/8" } });
  await hub.addUsers("alice", "bob");
});

afterAll(async () => await hub?.[Symbol.asyncDispose]());

/** A receiver, and a hook of that namespace that sends there. */
async function listenTo(namespace: string, wish: object) {
  const receiver = await startReceiver();
  const body = { label: "all", url: receiver.url, namespace, ...wish };
  const { body: hook } = await done(hub.root("POST /api/v1/webhooks", body));
  return {
    ...receiver,
    hook,
    async [Symbol.asyncDispose]() {
      await hub.root(`DELETE /api/v1/webhooks/${hook.id}`);
      await receiver[Symbol.asyncDispose]();
    },
  };
}

/** Pushes an image whose manifest is the tag's own, and one more under the same tag. */
async function digestOf(image: string): Promise<string> {
  const [name, tag] = image.split(":");
  const { headers } = await hub.as("alice")(`GET /v2/${name}/manifests/${tag}`);
  return String(headers.get("docker-content-digest"));
}

test("a tag that is moved is an event of its own, which says from where to where", async () => {
  await using heard = await listenTo("alice", { events: ["tag-moved"] });
  await hub.push(ALICE, "alice/moved:1");
  const first = await digestOf("alice/moved:1");
  await hub.push(ALICE, "alice/moved:2");
  const manifest = await fetch(`${hub.url}/v2/alice/moved/manifests/2`, {
    headers: { authorization: `Basic ${btoa(`alice:${SENTENCE}`)}` },
  });
  const put = await fetch(`${hub.url}/v2/alice/moved/manifests/1`, {
    method: "PUT",
    headers: {
      authorization: `Basic ${btoa(`alice:${SENTENCE}`)}`,
      "content-type": "application/vnd.oci.image.manifest.v1+json",
    },
    body: await manifest.text(),
  });
  expect(put.status).toBe(201);
  await expect.poll(heard.bodies, WAIT).toHaveLength(1);
  expect(heard.bodies()[0]).toMatchObject({
    topic: "tag.moved",
    kind: "tag-moved",
    repository: "alice/moved",
    tags: ["1"],
    from: first,
    digest: await digestOf("alice/moved:2"),
    actor: "alice",
  });
});

test("members and rights that change are told, by the transaction that changes them", async () => {
  await hub.addOrganization("acme");
  await done(hub.root("POST /api/v1/repositories", { name: "acme/app" }));
  await using heard = await listenTo("acme", { events: ["member", "right"] });
  await done(hub.root("PUT /api/v1/organizations/acme/members/bob", { role: "member" }));
  await done(hub.root("PUT /api/v1/organizations/acme/members/bob", { role: "contributor" }));
  await done(
    hub.root("PUT /api/v1/namespaces/acme/rights", {
      account: "alice",
      repository: "acme/app",
      actions: ["pull"],
    }),
  );
  await done(hub.root("DELETE /api/v1/organizations/acme/members/bob"));
  const told = () => heard.bodies().map(({ name, details }) => `${details.action} ${name}`);
  await expect
    .poll(() => told().toSorted(), WAIT)
    .toEqual([
      "org.member.add bob",
      "org.member.remove bob",
      "org.member.role.change bob",
      "repo.right.give acme/app",
    ]);
  const change = heard.bodies().find(({ details }) => details.action === "org.member.role.change");
  expect(change).toMatchObject({
    topic: "member.changed",
    account: "acme",
    actor: "admin",
    details: { before: { role: "member" }, after: { role: "contributor" } },
  });
});

test("repositories that are made, by a push or without one, and shown to everybody are told", async () => {
  await using heard = await listenTo("alice", { events: ["repository"], format: "cloudevents" });
  await hub.push(ALICE, "alice/pushed:1");
  await done(hub.as("alice")("POST /api/v1/repositories", { name: "alice/made" }));
  await done(hub.as("alice")("PATCH /api/v1/repositories/alice/made", { visibility: "public" }));
  const told = () => heard.bodies().map(({ type, subject }) => `${type} ${subject}`);
  await expect
    .poll(() => told().toSorted(), WAIT)
    .toEqual([
      "berth.repository.changed alice/made",
      "berth.repository.created alice/made",
      "berth.repository.created alice/pushed",
    ]);
});

test("a template of the owner's own is filled, and no value can leave its text", async () => {
  const template = JSON.stringify({
    text: "{{actor}} did {{ event }} to {{repository}}:{{tag}}",
    nested: [{ digest: "{{digest}}", kept: 7, none: null }],
    "{{tag}}": "names of properties stay",
  });
  await using heard = await listenTo("alice", { events: ["push"], format: "template", template });
  await hub.push(ALICE, "alice/template:1");
  await expect.poll(heard.bodies, WAIT).toEqual([
    {
      text: "alice did push to alice/template:1",
      nested: [{ digest: await digestOf("alice/template:1"), kept: 7, none: null }],
      "{{tag}}": "names of properties stay",
    },
  ]);
});

test.each([
  [{ format: "template" }, /needs one/],
  [{ format: "template", template: "{" }, /JSON/],
  [{ format: "template", template: '{"a":"{{ nothing }}"}' }, /nothing.*no word.*repository/],
  [{ format: "json", template: "{}" }, /goes with/],
  [{ format: "template", template: `${"[".repeat(20)}${"]".repeat(20)}` }, /levels deep/],
  [{ format: "hub", events: ["delete", "member"] }, /hub has no words for delete, member/],
  [{ format: "quay", events: ["pull"] }, /quay has no words for pull/],
])("a hook that could not be sent is refused when it is made: %j", async (wish, why) => {
  const body = { label: "x", url: "http://127.0.0.1:9/", ...wish };
  const answer = await hub.root("POST /api/v1/webhooks", body);
  expect(answer.status).toBe(400);
  expect(answer.body.detail).toMatch(why);
});

test("hooks of a repository hear of its members' rights and of nothing else in the namespace", async () => {
  await done(hub.root("POST /api/v1/repositories", { name: "alice/one" }));
  await done(hub.root("POST /api/v1/repositories", { name: "alice/other" }));
  await using receiver = await startReceiver();
  const wish = { label: "one", url: receiver.url, repository: "alice/one", events: ["right"] };
  await done(hub.root("POST /api/v1/webhooks", wish));
  for (const repository of ["alice/other", "alice/one"]) {
    const right = { account: "bob", repository, actions: ["pull"] };
    await done(hub.as("alice")("PUT /api/v1/namespaces/alice/rights", right));
  }
  await hub.push(ROOT, "alice/one:1");
  await expect.poll(receiver.bodies, WAIT).toHaveLength(1);
  expect(receiver.bodies()[0]).toMatchObject({ repository: "alice/one" });
});
