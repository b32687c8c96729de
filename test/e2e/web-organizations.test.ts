import { afterAll, beforeAll, expect, test } from "vitest";
import {
  countPolicyReports,
  findBarriers,
  startChromium,
  type Visit,
  visit,
} from "../harness/chromium.ts";
import { expectWell } from "../harness/expect-well.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { TrustClient } from "../harness/signed-repository.ts";

/** How far the hub's clock is ahead. */
let aheadMs = 0;
const DAY_MS = 86_400_000;
/** What would run if a page took it for more than a text. */
const EVIL = `<img src=x onerror="window.hacked=1">`;
let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  [hub, chromium] = await Promise.all([
    startAccountsHub({ clock: () => new Date(Date.now() + aheadMs) }),
    startChromium(),
  ]);
  await hub.addUsers("alice", "bob");
  await hub.addOrganization("acme", { alice: "member" });
  await done(hub.root("POST /api/v1/organizations/acme/teams", { name: "web", description: "x" }));
  await done(
    hub.root("PUT /api/v1/namespaces/acme/rights", {
      team: "web",
      pattern: "**",
      actions: ["pull", "push"],
    }),
  );
  await done(
    hub.root("POST /api/v1/organizations/acme/robots", {
      label: "deploy",
      resources: [{ repositories: "acme/**", actions: ["pull"] }],
    }),
  );
  for (const tag of ["1", "2-dev"]) await done(hub.push(ROOT, `acme/api:${tag}`) as never);
});
afterAll(async () => {
  await chromium.close();
  await hub[Symbol.asyncDispose]();
});

/** Without the page, which another test looks at. */
async function signIn({ context }: Visit, { name, password } = ROOT): Promise<void> {
  const answer = await context.request.post("/api/v1/session", { data: { name, password } });
  expect(answer.status()).toBe(201);
}

test("an organization is made, gets a member, and a robot with a secret that is shown once", async () => {
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await signIn(visitor);
  await page.goto("/o");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("tools");
  await page.getByRole("button", { name: "Create an organization" }).click();
  await page.getByRole("heading", { name: "tools", level: 1 }).waitFor();
  await page.getByRole("tab", { name: "Members" }).click();
  await page.getByRole("textbox", { name: "Account", exact: true }).fill("bob");
  await page.getByRole("button", { name: "Add a member" }).click();
  await page.getByRole("cell", { name: "bob", exact: true }).waitFor();
  const { body } = await hub.root("GET /api/v1/organizations/tools/members");
  expect(body.items).toContainEqual(expect.objectContaining({ name: "bob", role: "member" }));
  await page.getByRole("tab", { name: "Robots and tokens" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("ci");
  await page.getByRole("button", { name: "Make" }).click();
  const login = `docker login --username tools+ci ${new URL(hub.url).host}`;
  await page.getByText(login).waitFor();
  await page.reload();
  await page.getByRole("cell", { name: "tools+ci" }).waitFor();
  expect(await page.getByText(login).count()).toBe(0);
});

test("a policy is written with its fault shown in place, tried out, saved, run and undone", async () => {
  await done(hub.push(ROOT, "acme/api:2-dev") as never);
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await signIn(visitor);
  await page.goto("/policies/acme/api");
  const policy = page.getByRole("textbox", { name: "Policy, one rule a line" });
  await policy.fill('keep n: 5\ndelete --match "*-dev" --oops');
  await page.getByRole("button", { name: /^Go to line 2, column/ }).waitFor();
  await policy.fill("del");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  expect(await policy.inputValue()).toBe("delete");
  await policy.fill("keep n: 1");
  await page.getByText("It removes what no keep line keeps.").waitFor();
  await page.getByRole("button", { name: "Simulate" }).click();
  await page.getByText(/^Kept by no line: \d+, /).waitFor();
  await policy.fill('delete --match "*-dev"');
  await page.getByText("It removes what a delete line matches.").waitFor();
  await page.getByRole("button", { name: "Simulate" }).click();
  await page.getByRole("cell", { name: "2-dev", exact: true }).waitFor();
  await page.getByRole("img", { name: /^1 would go, / }).waitFor();
  await page.getByRole("button", { name: "Save this policy" }).click();
  await page.getByText("Said by acme/api").waitFor();
  await using other = await visit(chromium, hub.url);
  await signIn(other);
  await other.page.goto("/policies/acme/api");
  await other.page.getByText("Said by acme/api").waitFor();
  await page.getByRole("button", { name: "Run it now" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Run it now" }).click();
  // Whoever has it open sees what somebody else has begun, and how it goes on.
  await other.page.getByRole("button", { name: /^Undo run/ }).waitFor();
  await page.getByRole("button", { name: /^Undo run/ }).click();
  for (const one of [page, other.page]) await one.getByText("1 restored, 0 lost").waitFor();
  const { status } = await hub.root("GET /v2/acme/api/manifests/2-dev");
  expect(status).toBe(200);
  await expectWell(visitor, "after a run");
});

test("a role is made of permissions, changed, and removed", async () => {
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await signIn(visitor);
  await page.goto("/o/acme?tab=roles");
  const form = page.getByRole("form", { name: "Make a role" });
  await form.getByLabel("Name").fill("auditors");
  await form.getByLabel("What it is for").fill("Who reads along");
  await form.getByLabel("see the audit trail").check();
  await form.getByRole("button", { name: "Make a role" }).click();
  const row = page.getByRole("row", { name: /^auditors/ });
  await row.getByText("see the audit trail").waitFor();
  await row.getByText("Who reads along").waitFor();
  // Those that every organization has stay as they are.
  await page.getByRole("row", { name: /^owner built in/ }).waitFor();
  expect(await page.getByRole("button", { name: /^Edit the role/ }).count()).toBe(1);
  await expectWell(visitor, "roles");
  await row.getByRole("button", { name: "Edit the role auditors" }).click();
  const edited = page.getByRole("form", { name: "Edit the role auditors" });
  await edited.getByLabel("see teams and who is in them").check();
  await edited.getByRole("button", { name: "Save" }).click();
  await row.getByText("see teams and who is in them").waitFor();
  const { body } = await done(hub.root("GET /api/v1/organizations/acme/roles/auditors"));
  expect(body.permissions.toSorted()).toEqual(["audit.read", "team.read"]);
  expect(body.description).toBe("Who reads along");
  await row.getByRole("button", { name: "Remove the role auditors" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await row.waitFor({ state: "detached" });
  expect((await hub.root("GET /api/v1/organizations/acme/roles/auditors")).status).toBe(404);
});

test("what is signed in a repository is shown, and reset by those alone who manage it", async () => {
  const credentials = Buffer.from(`${ROOT.name}:${ROOT.password}`).toString("base64");
  const gun = `${new URL(hub.url).host}/acme/api`;
  const headers = { authorization: `Basic ${credentials}` };
  const notary = new TrustClient({ url: hub.url, gun }, headers);
  await signTag(await notary.initialise(), notary);
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await signIn(visitor);
  await page.goto("/r/acme/api");
  await page.getByRole("link", { name: "Content trust" }).click();
  const signed = page.getByRole("region", { name: gun });
  await signed.getByText("timestamp").waitFor();
  const tags = signed.getByRole("region", { name: "Signed tags" });
  await tags.getByRole("row", { name: /^1 sha256:[0-9a-f]{64} targets$/ }).waitFor();
  expect(await signed.getByText("expired", { exact: true }).count()).toBe(0);
  await expectWell(visitor, "content trust");
  await expectNoReset(gun);
  await signed.getByRole("button", { name: `Reset trust data of ${gun}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Reset trust data" }).click();
  await page.getByText("Nothing is signed in this way").waitFor();
  expect((await done(hub.root("GET /api/v1/content-trust/acme/api"))).body.items).toEqual([]);
});

/** Says of the tag 1 what it names. */
async function signTag(
  files: Awaited<ReturnType<TrustClient["initialise"]>>,
  notary: TrustClient,
): Promise<void> {
  const { body } = await done(hub.root("GET /api/v1/catalog/tags/acme/api?q=1"));
  const digest: string = body.items[0].digest;
  const sha256 = Buffer.from(digest.slice("sha256:".length), "hex").toString("base64");
  Object.assign(files.targets, { version: 2, targets: { "1": { length: 1, hashes: { sha256 } } } });
  expect((await notary.publish({ targets: files.signTargets() })).status).toBe(200);
}

/** Whoever may pull alone sees it, here in a browser whose clock is years ahead: all of it is expired by then. */
async function expectNoReset(gun: string): Promise<void> {
  await using member = await visit(chromium, hub.url);
  await signIn(member, { name: "alice", password: SENTENCE });
  await member.page.clock.setFixedTime(Date.now() + 100 * 365 * DAY_MS);
  await member.page.goto("/trust/acme/api");
  const signed = member.page.getByRole("region", { name: gun });
  await signed.getByText("expired", { exact: true }).first().waitFor();
  expect(await signed.getByRole("button", { name: /^Reset/ }).count()).toBe(0);
}

test("members see what their role lets them see, and strangers nothing", async () => {
  await using member = await visit(chromium, hub.url);
  await signIn(member, { name: "alice", password: SENTENCE });
  await member.page.goto("/o/acme");
  await member.page.getByRole("heading", { name: "acme", level: 1 }).waitFor();
  expect(await member.page.getByRole("tab", { name: "Audit trail" }).count()).toBe(0);
  await using stranger = await visit(chromium, hub.url);
  await signIn(stranger, { name: "bob", password: SENTENCE });
  await stranger.page.goto("/o/acme");
  await stranger.page.getByText("There is nothing here").waitFor();
});

test("S68: what people write of organizations, teams, hooks and themselves is shown as text", async () => {
  const make = (path: string, body: object) => done(hub.root(path, body));
  await make("POST /api/v1/organizations", { name: "evil", fullName: EVIL });
  await make("POST /api/v1/organizations/evil/teams", { name: "team", description: EVIL });
  await make("POST /api/v1/webhooks", {
    namespace: "evil",
    label: EVIL,
    url: "https://hooks.example.com/x",
    events: ["push"],
  });
  await make("PATCH /api/v1/account/profile", { company: EVIL, location: EVIL });
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await signIn(visitor);
  const wild = 'a[href^="javascript:"], main img, iframe, [onerror], [onload]';
  for (const path of ["/o", ...["teams", "webhooks", "audit"].map((tab) => `/o/evil?tab=${tab}`)]) {
    await page.goto(path);
    await page.getByText("onerror").first().waitFor();
    await page.waitForLoadState("networkidle");
    expect(await page.evaluate("window.hacked"), path).toBeUndefined();
    expect(await page.locator(wild).count(), path).toBe(0);
  }
  await page.goto("/account");
  await page.getByRole("region", { name: "Profile" }).waitFor();
  expect(await page.evaluate("window.hacked")).toBeUndefined();
  expect(await page.locator(wild).count()).toBe(0);
  expect(visitor.failures).toEqual([]);
});

test("a repository is opened to everybody, shared, watched by a webhook, limited, and its tags get rules", async () => {
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await signIn(visitor);
  await page.goto("/r/acme/api");
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("radio", { name: "Everybody who reaches the hub" }).click();
  await page.getByRole("button", { name: "Set who may see it" }).click();
  await expect
    .poll(async () => (await hub.anonymous("GET /api/v1/repositories/acme/api")).status)
    .toBe(200);
  await page.getByRole("tab", { name: "Rights" }).click();
  await page.getByRole("textbox", { name: "Who" }).fill("bob");
  await page.getByRole("button", { name: "Give" }).click();
  await page.getByRole("row", { name: /bob acme\/api pull/ }).waitFor();
  await page.getByRole("tab", { name: "Webhooks" }).click();
  await page.getByRole("textbox", { name: "Label" }).fill("ci");
  await page.getByRole("textbox", { name: "Address" }).fill("https://hooks.example.com/push");
  await page.getByRole("button", { name: "Add a webhook" }).click();
  await page.getByRole("switch", { name: "ci is on" }).click();
  await expect
    .poll(async () => (await hub.root("GET /api/v1/webhooks?repository=acme/api")).body.items)
    .toMatchObject([{ label: "ci", events: ["push", "delete"], isActive: false }]);
  await page.getByRole("tab", { name: "Quota and usage" }).click();
  await page.getByRole("combobox", { name: "Limit of Tags" }).click();
  await page.getByRole("option", { name: "this much" }).click();
  await page.getByRole("textbox", { name: "Most: Tags" }).fill("7");
  await page.getByRole("button", { name: "Set the quota" }).click();
  await page.getByText(/Tags: 2 of 7/).waitFor();
  await page.goto("/policies/acme/api");
  await page.getByRole("button", { name: "Change them" }).click();
  await page.getByRole("checkbox", { name: "Say it here: Which tags may be pushed" }).check();
  await page.getByRole("textbox", { name: "Allowed tags, one a line" }).fill("glob:v*");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("row", { name: /Which tags may be pushed glob:v\* acme\/api/ }).waitFor();
  await expectWell(visitor, "tag rules");
});

test("leave to move an immutable tag is asked for in a page, and approved by somebody else", async () => {
  await done(
    hub.root("PUT /api/v1/tag-rules/acme/api", { immutable: { enabled: true, patterns: ["1"] } }),
  );
  await done(hub.root("PUT /api/v1/organizations/acme/members/alice", { role: "owner" }));
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await signIn(visitor);
  await page.goto("/policies/acme/api");
  const section = page.getByRole("region", { name: "Exceptions from immutable tags" });
  await section.getByRole("textbox", { name: "Tag" }).fill("1");
  await section.getByRole("textbox", { name: "Reason" }).fill("the wrong base");
  await section.getByRole("button", { name: "Ask for it" }).click();
  await section.getByRole("row", { name: /1 the wrong base admin waits for somebody/ }).waitFor();
  await section.getByRole("button", { name: "Approve moving 1" }).click();
  await section.getByRole("alert").waitFor();
  const removeTag = async () => (await hub.root("DELETE /v2/acme/api/manifests/1")).status;
  expect(await removeTag()).toBe(412);
  await using other = await visit(chromium, hub.url);
  await signIn(other, { name: "alice", password: SENTENCE });
  await other.page.goto("/policies/acme/api");
  await other.page.getByRole("button", { name: "Approve moving 1" }).click();
  await other.page.getByRole("row", { name: /1 the wrong base admin alice/ }).waitFor();
  // Whoever asked sees that it was approved.
  await section.getByRole("row", { name: /1 the wrong base admin alice/ }).waitFor();
  await expectWell(other, "exceptions from immutable tags");
  expect(await removeTag()).toBe(202);
});

test("a repository that is deleted is gone at once from the lists of whoever did it, and from open pages of others", async () => {
  await done(hub.push(ROOT, "acme/gone:1") as never);
  await done(hub.root("PATCH /api/v1/repositories/acme/gone", { visibility: "public" }));
  await using stranger = await visit(chromium, hub.url);
  await using member = await visit(chromium, hub.url);
  await signIn(member, { name: "alice", password: SENTENCE });
  for (const reader of [stranger, member]) {
    await reader.page.goto("/r/acme/gone");
    await reader.page.getByRole("heading", { name: "acme/gone", level: 1 }).waitFor();
  }
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await signIn(visitor);
  await page.goto("/");
  const listed = page.getByRole("main").getByRole("link", { name: "acme/gone" });
  await listed.click();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByLabel("Type acme/gone to delete it").fill("acme/gone");
  await page.getByRole("button", { name: "Delete this repository" }).click();
  await page.waitForURL("/");
  await page.getByRole("main").getByRole("link", { name: "acme/api" }).waitFor();
  expect(await listed.count()).toBe(0);
  await page.goBack();
  await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  await member.page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  // Strangers are told alike of what is not there and of what is not theirs to see.
  await stranger.page.getByLabel("User name").waitFor();
});

test("a repository gets another name and is deleted, once its name was typed and its manager proved who they are", async () => {
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await signIn(visitor);
  aheadMs = DAY_MS / 4;
  await page.goto("/settings/acme/api");
  await page.getByRole("textbox", { name: "New name, with its namespace" }).fill("acme/web");
  await page.getByRole("button", { name: "Move it" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Password/).fill(ROOT.password);
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await page.getByRole("heading", { name: "acme/web", level: 1 }).waitFor();
  await page.goto("/settings/acme/web");
  const deletion = page.getByRole("button", { name: "Delete this repository" });
  await page.getByLabel("Type acme/web to delete it").fill("acme");
  await deletion.click();
  expect((await hub.root("GET /api/v1/repositories/acme/web")).status).toBe(200);
  await page.getByLabel("Type acme/web to delete it").fill("acme/web");
  await deletion.click();
  await page.waitForURL("/");
  expect((await hub.root("GET /api/v1/repositories/acme/web")).status).toBe(404);
  expect(visitor.failures).toEqual([]);
});

test("no page reported anything", async () => {
  expect(await countPolicyReports(hub.url)).toBe(0);
  expect(hub.errors).toEqual([]);
});

test("which public images members pull is limited in the settings of their organization", async () => {
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await signIn(visitor);
  const ruled = async () =>
    (await done(hub.root("GET /v2/orgs/acme/settings"))).body.restricted_images;
  await page.goto("/o/acme?tab=settings");
  await page
    .getByRole("switch", { name: "Members pull only what they have rights to" })
    .check({ force: true });
  const official = page.getByLabel(/^official images/);
  await official.waitFor();
  if (await official.isChecked()) await official.uncheck({ force: true });
  await page.getByLabel("images of verified publishers").check({ force: true });
  await expect
    .poll(ruled)
    .toEqual({ enabled: true, allow_official_images: false, allow_verified_publishers: true });
  expect(await findBarriers(page)).toEqual([]);
  await page
    .getByRole("switch", { name: "Members pull only what they have rights to" })
    .uncheck({ force: true });
  await expect.poll(async () => (await ruled()).enabled).toBe(false);
  expect(visitor.failures).toEqual([]);
});
