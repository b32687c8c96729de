import { afterAll, beforeAll, expect, test } from "vitest";
import {
  countPolicyReports,
  findBarriers,
  logInBrowser,
  overflowOf,
  startChromium,
  type Visit,
  visit,
} from "../harness/chromium.ts";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";

let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  [hub, chromium] = await Promise.all([startAccountsHub(), startChromium()]);
});
afterAll(async () => {
  await chromium.close();
  await hub[Symbol.asyncDispose]();
});

async function signIn({ page }: Visit, { name, password } = ROOT): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("User name").fill(name);
  await page.getByLabel(/^Password/).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: `Account menu of ${name}` }).waitFor();
}

test("from the first look at an empty hub to the first image", async () => {
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await page.goto("/");
  await page.getByText("Sign in to push the first image").waitFor();
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(visitor);
  await page.getByRole("heading", { name: "Push your first image" }).waitFor();
  await done(hub.push(ROOT, "admin/hello:1") as never);
  await page.reload();
  await page.getByRole("link", { name: "admin/hello" }).click();
  await page.getByRole("heading", { name: "admin/hello", level: 1 }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/r/admin/hello");
  await page.getByText(`docker pull ${new URL(hub.url).host}/admin/hello:1`).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  expect(await overflowOf(page)).toBe(0);
  expect(visitor.failures).toEqual([]);
});

test("a wrong password is said so, and a deep link leads through the login back to its page", async () => {
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await page.goto("/r/admin/hello");
  await page.getByLabel("User name").fill("admin");
  await page.getByLabel(/^Password/).fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("wrong user name or password").waitFor();
  await page.getByLabel(/^Password/).fill(ROOT.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "admin/hello", level: 1 }).waitFor();
  expect(visitor.failures).toEqual([]);
});

test("other clients are answered as before, and browsers at an unknown address by a page that is not found", async () => {
  const asked = async (path: string, accept: string) => {
    const { status, headers } = await fetch(hub.url + path, { headers: { accept } });
    return [status, headers.get("content-type")?.split(";")[0]];
  };
  expect(await asked("/r/admin/hello", "*/*")).toEqual([401, "application/problem+json"]);
  expect(await asked("/reset", "*/*")).toEqual([200, "text/plain"]);
  expect(await asked("/v2/", "text/html")).toEqual([401, "application/json"]);
  expect(await asked("/api/v1/nothing", "application/json")).toEqual([
    404,
    "application/problem+json",
  ]);
  expect(await asked("/nothing/here", "text/html")).toEqual([404, "text/html"]);
  expect(await asked("/r/admin/hello", "text/html")).toEqual([200, "text/html"]);
  for (const name of ["..%2findex.html", "..", "%2e%2e%2f%2e%2e%2fpackage.json", "nothing.js"])
    expect((await asked(`/assets/${name}`, "*/*"))[0]).toBeGreaterThanOrEqual(400);
});

/** As a browser tells the page of a tab that one comes back to. */
const COME_BACK = `document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))`;

test("whoever signs out in one tab is signed out in those beside it, and back in them all by one", async () => {
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  const other = await openHidden(visitor);
  await signOutIn(other);
  await page.getByLabel("User name").waitFor();
  expect(new URL(page.url()).searchParams.get("next")).toBe("/r/admin/hidden");
  expect(await page.getByText("admin/hidden").count()).toBe(0);
  await page.goto("/");
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  await logInBrowser(visitor, hub.url, ROOT);
  await other.reload();
  await page.getByRole("button", { name: "Account menu of admin" }).waitFor();
});

test("a tab that is not told of a sign-out learns of it when one comes back to it", async () => {
  await using visitor = await visit(chromium, hub.url);
  await visitor.context.addInitScript("BroadcastChannel.prototype.postMessage = () => {}");
  const { page } = visitor;
  await signOutIn(await openHidden(visitor));
  expect(await page.getByText("admin/hidden").count()).toBeGreaterThan(0);
  await page.evaluate(COME_BACK);
  await page.getByLabel("User name").waitFor();
  expect(await page.getByText("admin/hidden").count()).toBe(0);
});

test("a deed after the session has ended keeps what was typed, and is done once somebody signed in in another tab", async () => {
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await signIn(visitor);
  await page.goto("/account/tokens");
  await page.getByLabel(/^What it is for/).fill("CI of the shop");
  await visitor.context.clearCookies();
  await page.getByRole("button", { name: "Make a token" }).click();
  const opened = visitor.context.waitForEvent("page");
  await page.getByRole("link", { name: "Sign in in another tab" }).click();
  const other = await opened;
  await other.getByLabel("User name").fill(ROOT.name);
  await other.getByLabel(/^Password/).fill(ROOT.password);
  await other.getByRole("button", { name: "Sign in" }).click();
  await other.getByRole("button", { name: "Account menu of admin" }).waitFor();
  await page.evaluate(COME_BACK);
  await page.getByRole("button", { name: "Make a token" }).click();
  await page.getByText(/docker login/).waitFor();
  await page.getByRole("row", { name: /CI of the shop/ }).waitFor();
});

/** The page of a private repository, and another tab beside it. */
async function openHidden(visitor: Visit): Promise<Visit["page"]> {
  await done(hub.push(ROOT, "admin/hidden:1") as never);
  await signIn(visitor);
  await visitor.page.goto("/r/admin/hidden");
  await visitor.page.getByRole("heading", { name: "admin/hidden", level: 1 }).waitFor();
  const other = await visitor.context.newPage();
  await other.goto("/");
  return other;
}

async function signOutIn(tab: Visit["page"]): Promise<void> {
  await tab.getByRole("button", { name: "Account menu of admin" }).click();
  await tab.getByRole("menuitem", { name: "Sign out" }).click();
  await tab.getByRole("link", { name: "Sign in" }).waitFor();
}

test("no page reported anything", async () => {
  expect(await countPolicyReports(hub.url)).toBe(0);
  expect(hub.errors).toEqual([]);
});
