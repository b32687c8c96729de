import { afterAll, beforeAll, expect, test } from "vitest";
import { findBarriers, overflowOf, startChromium, type Visit, visit } from "../harness/chromium.ts";
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

test("no page reported anything", async () => {
  const text = await (await fetch(`${hub.url}/metrics`)).text();
  expect(text).toMatch(/^berth_policy_reports_total 0$/m);
  expect(hub.errors).toEqual([]);
});
