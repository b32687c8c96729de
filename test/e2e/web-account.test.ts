import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readOtpauth } from "../harness/authenticator-app.ts";
import {
  countPolicyReports,
  findBarriers,
  logInBrowser,
  startChromium,
  type Visit,
  visit,
} from "../harness/chromium.ts";
import { expectWell } from "../harness/expect-well.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { CLIENT, startOidcProvider } from "../harness/oidc-provider.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const ALICE = { name: "alice", password: SENTENCE };
const BOB = { name: "bob", password: SENTENCE };
/** What would run if a page took it for more than a text. */
const EVIL = `<img src=x onerror="window.hacked=1">`;
let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;
let provider: Awaited<ReturnType<typeof startOidcProvider>>;

beforeAll(async () => {
  provider = await startOidcProvider();
  const client = { clientId: CLIENT.id, clientSecret: CLIENT.secret };
  const oidc = [{ ...client, name: "office", issuer: provider.url }];
  [hub, chromium] = await Promise.all([
    startAccountsHub({ settings: { "access.oidc": JSON.stringify(oidc) } }),
    startChromium(),
  ]);
  provider.serve(`${hub.url}/api/v1/login/oidc/office/callback`);
  await hub.addUsers("alice", "bob");
});
afterAll(async () => {
  await chromium.close();
  await hub[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

/** What an app reads from the picture. */
async function readPicture(page: Visit["page"]): Promise<string> {
  const picture = page.getByRole("img", { name: "The secret as a picture for the app" });
  await using home = await makeTempDirectory("qr");
  const path = join(home.path, "qr.png");
  await picture.screenshot({ path });
  const { stdout } = await promisify(execFile)("zbarimg", ["--quiet", "--raw", path]);
  return stdout.trim();
}

test("a login of a provider is linked in the page, and unlinked after a question", async () => {
  provider.become("alice-at-work");
  await using visitor = await visit(chromium, hub.url);
  await logInBrowser(visitor, hub.url, ALICE);
  const { page } = visitor;
  await page.goto("/account");
  await page.getByRole("button", { name: "Link a login of office" }).click();
  const row = page.getByRole("row", { name: /alice-at-work/ });
  await row.getByRole("cell", { name: `office ${provider.url}` }).waitFor();
  await expectWell(visitor, "a linked login");
  await row.getByRole("button", { name: "Unlink alice-at-work of office" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Unlink", exact: true }).click();
  await row.waitFor({ state: "detached" });
  expect((await hub.as("alice")("GET /api/v1/account/identities")).body.items).toEqual([]);
});

test("linked logins are shown and unlinked, after a question", async () => {
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  database
    .prepare(
      "insert or replace into identities (id, account_id, issuer, subject, name, created_at, seen_at) select 'linked', id, 'https://login.example', 's1', ?, 0, 0 from accounts where name = 'bob'",
    )
    .run(EVIL);
  await using visitor = await visit(chromium, hub.url, { width: 360 });
  await logInBrowser(visitor, hub.url, BOB);
  const { page } = visitor;
  await page.goto("/account");
  const section = page.getByRole("region", { name: "Linked logins" }).first();
  await section.getByText(EVIL).waitFor();
  await expectWell(visitor, "linked logins");
  expect(await page.evaluate('"hacked" in window')).toBe(false);
  await section.getByRole("button", { name: /^Unlink / }).click();
  const listed = () => hub.as("bob")("GET /api/v1/account/identities");
  expect((await listed()).body.items).toHaveLength(1);
  await page.getByRole("dialog").getByRole("button", { name: "Unlink", exact: true }).click();
  await section.getByText(EVIL).waitFor({ state: "detached" });
  expect((await listed()).body.items).toEqual([]);
});

test("another session is ended, and two-factor login is turned on with its codes shown once", async () => {
  // Under a name of their own: a second try finds nothing of the first.
  const carol = { name: `carol${randomBytes(4).toString("hex")}`, password: SENTENCE };
  await hub.addUsers(carol.name);
  await using other = await visit(chromium, hub.url);
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await logInBrowser(other, hub.url, carol);
  await logInBrowser(visitor, hub.url, carol);
  await page.goto("/account");
  const others = page.getByRole("button", { name: /^End the session of/ });
  await others.first().waitFor();
  for (let left = await others.count(); left > 0; left -= 1) {
    await others.first().click();
    await page.getByRole("dialog").getByRole("button", { name: "End", exact: true }).click();
    await expect.poll(() => others.count()).toBe(left - 1);
  }
  expect((await other.context.request.get("/api/v1/session")).status()).toBe(401);
  await page.getByRole("button", { name: "Turn it on" }).click();
  const uri = await page.getByRole("link", { name: "Open in an app" }).getAttribute("href");
  expect(await readPicture(page)).toBe(uri);
  await page.getByLabel("Code").fill(readOtpauth(uri ?? "").codeAt(Date.now()));
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Recovery codes: keep them safe").waitFor();
  await expectWell(visitor, "recovery codes");
});

test("who maintains official images turns off the mails about them in the page of their account", async () => {
  await done(hub.as("alice")("PATCH /api/v1/account/mails", { officialImages: true }));
  await using visitor = await visit(chromium, hub.url, { width: 360 });
  await logInBrowser(visitor, hub.url, ALICE);
  const { page } = visitor;
  await page.goto("/account");
  const wished = page.getByRole("region", { name: "Mails" }).getByRole("switch");
  expect(await wished.isChecked()).toBe(true);
  await wished.click({ force: true });
  const asked = async () =>
    (await hub.as("alice")("GET /api/v1/account/mails")).body.officialImages;
  await expect.poll(asked).toBe(false);
  await expectWell(visitor, "mails");
  await page.reload();
  expect(await wished.isChecked()).toBe(false);
});

test("whoever owes two-factor login is led to where they turn it on, and everything is open to them then", async () => {
  await using strict = await startAccountsHub({ settings: { "access.twoFactor": "required" } });
  await using visitor = await visit(chromium, strict.url);
  const { page } = visitor;
  await logInBrowser(visitor, strict.url, ROOT);
  await page.goto("/account/tokens");
  await page.waitForURL("**/account");
  await page.getByText("This hub asks for two-factor login").waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await page.getByRole("button", { name: "Turn it on" }).click();
  const uri = await page.getByRole("link", { name: "Open in an app" }).getAttribute("href");
  await page.getByLabel("Code").fill(readOtpauth(uri ?? "").codeAt(Date.now()));
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Recovery codes: keep them safe").waitFor();
  await page.getByText("This hub asks for two-factor login").waitFor({ state: "detached" });
  await page.getByRole("region", { name: "Profile" }).waitFor();
  await page.goto("/account/tokens");
  await page.getByRole("heading", { name: "Access tokens", level: 1 }).waitFor();
  expect(visitor.failures).toEqual([]);
});

test("no page reported anything", async () => {
  expect(await countPolicyReports(hub.url)).toBe(0);
  expect(hub.errors).toEqual([]);
});
