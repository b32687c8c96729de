import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readOtpauth } from "../harness/authenticator-app.ts";
import { Browser } from "../harness/browser.ts";
import {
  findBarriers,
  logInBrowser,
  overflowOf,
  startChromium,
  visit,
} from "../harness/chromium.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

const WAIT = { timeout: 10_000 };
const DAY_MS = 86_400_000;
/** What would run if a page took it for more than a text. */
const EVIL = `<img src=x onerror="window.hacked=1">`;
/** Nobody asks it anything here. */
const OFFICE = {
  ...{ name: "office", issuer: "https://login.example" },
  ...{ clientId: "berth", clientSecret: "not asked for here" },
};
let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  [hub, chromium] = await Promise.all([
    startAccountsHub({
      settings: {
        "access.oidc": JSON.stringify([OFFICE]),
      },
    }),
    startChromium(),
  ]);
});
afterAll(async () => {
  await chromium.close();
  await hub[Symbol.asyncDispose]();
});

test("jobs show as they come, without being asked for again", async () => {
  await using visitor = await visit(chromium, hub.url);
  await logInBrowser(visitor, hub.url, ROOT);
  const { page } = visitor;
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto("/admin?tab=jobs");
  const row = page.getByRole("row", { name: /^Scans/ });
  const givenUp = async () => Number(await row.getByRole("cell").nth(2).textContent());
  const before = await givenUp();
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  database
    .prepare(
      "insert into scans (digest, state, reason, analyser_version, advisories, attempts, due_at) values (?, 'failed', 'cut off', 1, '', 3, 0)",
    )
    .run(`sha256:${randomBytes(32).toString("hex")}`);
  await expect.poll(givenUp, WAIT).toBe(before + 1);
  expect(asked.filter((path) => path === "/api/v1/jobs")).toHaveLength(1);
  expect(asked).toContain("/api/v1/jobs/events");
  expect(await findBarriers(page)).toEqual([]);
  expect(visitor.failures).toEqual([]);
});

test("usage is drawn over time, told as a table, and the hub says what grew and what was freed", async () => {
  await done(hub.push(ROOT, "admin/shop:1") as never);
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  const today = Date.now() - (Date.now() % DAY_MS);
  for (let day = 1; day < 30; day += 1) {
    const [at, pulls, pushes] = [today - day * DAY_MS, (day * 7) % 23, day % 4];
    database
      .prepare(
        "insert or replace into traffic_days select 'repository', id, ?, ?, 0, ?, 0 from repositories where name = 'admin/shop'",
      )
      .run(at, pulls, pushes);
    database
      .prepare("insert or replace into freed_days values (?, 1, ?)")
      .run(at, ((day * 5) % 11) * 1_000_000);
  }
  database
    .prepare(
      "insert or replace into usage_samples select 'repository', id, 'day', ?, 5, 1, 1 from repositories where name = 'admin/shop'",
    )
    .run(today);
  await using visitor = await visit(chromium, hub.url);
  await logInBrowser(visitor, hub.url, ROOT);
  const { page } = visitor;
  await page.goto("/activity/admin/shop");
  const traffic = page.getByRole("region", { name: "Pulls and pushes" });
  const bars = traffic.locator(".recharts-bar-rectangle");
  await expect.poll(() => bars.count(), WAIT).toBe(60);
  // By keyboard, too: the drawing has the focus, and arrows go from day to day.
  await traffic.getByRole("application").focus();
  await page.keyboard.press("ArrowRight");
  await traffic.locator(".recharts-tooltip-wrapper").getByText(/UTC/).waitFor();
  await traffic.getByText("As a table").click();
  const cells = traffic.getByRole("row").nth(2).getByRole("cell");
  expect((await cells.allInnerTexts()).slice(1)).toEqual(["7", "1"]);
  expect(await findBarriers(page)).toEqual([]);
  await page.getByText("90 days").click();
  await expect.poll(() => bars.count(), WAIT).toBe(180);
  await page.goto("/admin?tab=usage");
  const grown = page.getByRole("region", { name: "What grows" }).first();
  await grown.getByRole("link", { name: "admin/shop" }).waitFor();
  const freed = page.getByRole("figure", { name: "What collection freed" });
  await freed.locator(".recharts-bar-rectangle").first().waitFor();
  expect(await findBarriers(page)).toEqual([]);
  expect(await overflowOf(page)).toBe(0);
  expect(visitor.failures).toEqual([]);
});

test("an administrator sees and ends how somebody else logs in, after a question", async () => {
  const bob = await newPersonWithTwoFactor();
  linkTo(bob, EVIL);
  await using visitor = await visit(chromium, hub.url, { width: 360 });
  await logInBrowser(visitor, hub.url, ROOT);
  const { page } = visitor;
  const ofBob = `/api/v1/users/${bob}`;
  const confirm = async (opener: string | RegExp, text: string) => {
    await page.getByRole("button", { name: opener, exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: text, exact: true }).click();
  };
  await page.goto("/admin?tab=users");
  await page.getByRole("link", { name: bob, exact: true }).click();
  await page.getByRole("heading", { name: bob, level: 1 }).waitFor();
  await page.getByText(EVIL).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  expect(await overflowOf(page)).toBe(0);

  await confirm(/^Unlink /, "Unlink");
  await page.getByText("Nobody of a directory or a provider opens this account.").waitFor();
  expect((await hub.root(`GET ${ofBob}/identities`)).body.items).toEqual([]);
  // Of a directory nothing is said: the hub has none.
  const form = page.getByRole("form", { name: "Link a login" });
  expect(await form.getByRole("option").allInnerTexts()).toEqual(["office"]);
  expect(await form.textContent()).not.toMatch(/directory/i);
  const ldap = { provider: "ldap", user: "bob" };
  const refused = await hub.root(`POST ${ofBob}/identities`, ldap);
  expect(refused.body.detail).toContain("where this hub has a directory");
  await form.getByRole("textbox").fill(`${bob}-there`);
  await form.getByRole("button", { name: "Link a login", exact: true }).click();
  await page.getByRole("row", { name: new RegExp(`^office.*${bob}-there`) }).waitFor();

  await confirm("Turn it off", "Turn it off");
  await page.getByText("It is off.").waitFor();
  expect((await hub.root(`GET ${ofBob}`)).body.hasTwoFactor).toBe(false);

  await confirm("Make a link", "Make a link");
  await page.getByText(/^berth reset-password --secret /).waitFor();
  const { body } = await done(hub.root(`GET /api/v1/audit?account=${bob}`));
  const deeds = body.items.map((entry: { readonly action: string; readonly actor: string }) => [
    ...[entry.actor, entry.action],
  ]);
  for (const deed of ["identity.unlink", "two_factor.reset", "password.reset.issue"])
    expect(deeds).toContainEqual([ROOT.name, `account.${deed}`]);
  expect(visitor.failures).toEqual([]);
});

test("an administrator sees where somebody is signed in, and ends one session alone or all", async () => {
  const bob = `bob${randomBytes(4).toString("hex")}`;
  await hub.addUsers(bob);
  const [lost, kept] = [await signIn(bob, EVIL), await signIn(bob, "curl/8.7")];
  await using visitor = await visit(chromium, hub.url, { width: 360 });
  await logInBrowser(visitor, hub.url, ROOT);
  const { page } = visitor;
  await page.goto(`/admin/users/${bob}`);
  const list = page.getByRole("region", { name: "Sessions" });
  const rowOf = (client: string) => list.getByRole("row").filter({ hasText: client });
  await rowOf("curl/8.7").waitFor();
  const cells = await rowOf("curl/8.7").getByRole("cell").allInnerTexts();
  expect(cells[1]).toBe("127.0.0.1");
  for (const time of cells.slice(2, 4)) expect(time).toMatch(/now|second/);
  expect(await findBarriers(page)).toEqual([]);
  expect(await overflowOf(page)).toBe(0);

  await rowOf(EVIL).getByRole("button").click();
  await page.getByRole("dialog").getByRole("button", { name: "End", exact: true }).click();
  await rowOf(EVIL).waitFor({ state: "detached" });
  const statuses = async () =>
    (await Promise.all([lost, kept].map((one) => one.ask("GET /api/v1/session")))).map(
      ({ status }) => status,
    );
  expect(await statuses()).toEqual([401, 200]);

  await list.getByRole("button", { name: "End all sessions" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End all sessions" }).click();
  await list.getByText(`No browser is signed in as ${bob}.`).waitFor();
  expect(await statuses()).toEqual([401, 401]);
  const asked = `GET /api/v1/audit?account=${bob}&action=account.session.end`;
  const { body } = await done(hub.root(asked));
  expect(body.items.map(({ actor }: { readonly actor: string }) => actor)).toEqual([
    ...[ROOT.name, ROOT.name],
  ]);
  expect(visitor.failures).toEqual([]);
});

test("the filter of the audit trail goes back and forth with the address", async () => {
  await using visitor = await visit(chromium, hub.url);
  await logInBrowser(visitor, hub.url, ROOT);
  const { page } = visitor;
  // Whoever filters does not wait for what was asked for before.
  await page.route(/\/api\/v1\/audit/, async (route) => {
    await setTimeout(1_000);
    await route.fallback();
  });
  await page.goto("/admin?tab=audit&action=account.login");
  const form = page.getByRole("form", { name: "Filter" });
  const fields = form.getByRole("textbox");
  const shown = () =>
    fields.evaluateAll((all) => all.slice(0, 3).map((one) => (one as { value: string }).value));
  await fields.nth(0).fill("account.create");
  await fields.nth(1).fill(ROOT.name);
  await fields.nth(1).press("Enter");
  await page.waitForURL(/actor=admin/);
  await expect.poll(shown, WAIT).toEqual(["account.create", ROOT.name, ""]);
  // The keyboard stays where it was.
  expect(await fields.nth(1).evaluate((one) => one.matches(":focus"))).toBe(true);
  await fields.nth(2).fill("half typed");
  await page.goBack();
  await expect.poll(shown, WAIT).toEqual(["account.login", "", ""]);
  await page.goForward();
  await expect.poll(shown, WAIT).toEqual(["account.create", ROOT.name, ""]);
  expect(visitor.failures).toEqual([]);
});

/** Under a name of their own: a test that is tried again finds nothing of the first try. */
async function newPersonWithTwoFactor() {
  const name = `bob${randomBytes(4).toString("hex")}`;
  await hub.addUsers(name);
  const browser = await new Browser(hub.url).logIn({ name, password: SENTENCE });
  const { body } = await done(browser.ask("POST /api/v1/account/two-factor", {}));
  const code = readOtpauth(body.uri).codeAt(Date.now());
  await done(browser.ask("POST /api/v1/account/two-factor/confirm", { code }));
  return name;
}

/** With a browser that calls itself so. */
async function signIn(name: string, client: string): Promise<Browser> {
  const browser = new Browser(hub.url);
  const headers = { "sec-fetch-site": "same-origin", "user-agent": client };
  await done(browser.ask("POST /api/v1/session", { name, password: SENTENCE }, headers));
  return browser;
}

/** As if somebody of a provider had logged in. */
function linkTo(account: string, name: string): void {
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  database
    .prepare(
      "insert into identities (id, account_id, issuer, subject, name, created_at, seen_at) select ?, id, 'https://login.example', ?, ?, 0, 0 from accounts where name = ?",
    )
    .run(`linked-${account}`, account, name, account);
}
