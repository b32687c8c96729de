import { setTimeout } from "node:timers/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  countPolicyReports,
  findBarriers,
  logInBrowser,
  startChromium,
  type Visit,
  visit,
} from "../harness/chromium.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { Keyboard } from "../harness/keyboard.ts";

/** Longer than it takes to press a key. */
const SLOW_ANSWER_MS = 500;

let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;
let visitor: Visit;

beforeAll(async () => {
  [hub, chromium] = await Promise.all([startAccountsHub(), startChromium()]);
  await hub.addUsers("bob");
  await hub.addOrganization("acme", { bob: "member" });
  await done(hub.root("POST /api/v1/organizations/acme/teams", { name: "web", description: "x" }));
  for (const tag of ["1", "2-dev", "3", "4"])
    await done(hub.push(ROOT, `acme/api:${tag}`) as never);
  await done(hub.root("DELETE /v2/acme/api/manifests/3") as never);
  await done(hub.root("PATCH /api/v1/repositories/acme/api", { visibility: "public" }));
  visitor = await visit(chromium, hub.url);
  await logInBrowser(visitor, hub.url, ROOT);
});
afterAll(async () => {
  await visitor[Symbol.asyncDispose]();
  await chromium.close();
  await hub[Symbol.asyncDispose]();
});

/** A thin line. */
async function slowDown(page: Page): Promise<void> {
  await page.route("**/api/v1/**", async (route) => {
    await setTimeout(SLOW_ANSWER_MS);
    await route.fallback();
  });
}

function hands({ page }: Visit = visitor) {
  const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
  const field = (name: string | RegExp) => page.getByRole("textbox", { name, exact: true });
  return { page, keyboard: new Keyboard(page), button, field };
}

test("by keyboard alone one signs in, goes anywhere by the palette, and makes an organization", async () => {
  await using stranger = await visit(chromium, hub.url);
  const { page, keyboard, field, button } = hands(stranger);
  await page.goto("/");
  await keyboard.activate(page.getByRole("link", { name: "Sign in" }));
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await keyboard.write(field("User name"), ROOT.name);
  await keyboard.write(page.getByLabel(/^Password/), ROOT.password);
  await keyboard.press("Enter");
  await button("Account menu of admin").waitFor();
  await keyboard.travel("organi", "Organizations");
  await keyboard.write(field("Name"), "tools");
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "tools", level: 1 }).waitFor();
  await keyboard.travel("tokens", "Access tokens");
  await keyboard.write(page.getByLabel("What it is for"), "ci");
  await keyboard.press("Enter");
  await page.getByText(`docker login --username admin ${new URL(hub.url).host}`).waitFor();
  expect(stranger.failures).toEqual([]);
});

test.each(["/o/acme", "/admin", "/settings/acme/api", "/image/acme/api?reference=1"])(
  "the tabs of %s keep the focus of the keyboard while they wait for what they show",
  async (path) => {
    const { page, keyboard } = hands();
    await page.goto(path);
    const list = page.getByRole("tablist").last();
    const tabs = list.getByRole("tab");
    await keyboard.goTo(list.getByRole("tab", { selected: true }));
    await slowDown(page);
    const count = await tabs.count();
    expect(count).toBeGreaterThan(2);
    for (let step = 1; step < count; step += 1) {
      await keyboard.press("ArrowRight");
      await expect.poll(() => tabs.nth(step).getAttribute("aria-selected")).toBe("true");
      await page.evaluate(
        "new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 50)))",
      );
      expect(await page.evaluate("document.activeElement?.getAttribute('role')")).toBe("tab");
    }
    await page.unrouteAll({ behavior: "wait" });
  },
);

test("what is written for the next team while one is made stays in its field, and the one that was sent does not", async () => {
  const { page, keyboard, field } = hands();
  await page.goto("/o/acme?tab=teams");
  await field("Name").waitFor();
  await slowDown(page);
  await keyboard.write(field("Name"), "first");
  await keyboard.press("Enter");
  await keyboard.write(field("Name"), "second");
  await page.getByRole("button", { name: /^first/ }).waitFor();
  await setTimeout(SLOW_ANSWER_MS);
  expect(await field("Name").inputValue()).toBe("second");
  await keyboard.press("Enter");
  await page.getByRole("button", { name: /^second/ }).waitFor();
  await expect.poll(() => field("Name").inputValue()).toBe("");
  await page.unrouteAll({ behavior: "wait" });
});

test("by keyboard alone a team is given a right to repositories, and it is taken away", async () => {
  const { page, keyboard, field } = hands();
  await page.goto("/o/acme");
  await keyboard.goTo(page.getByRole("tab", { selected: true }));
  await keyboard.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight");
  await page.getByRole("tab", { name: "Rights", selected: true }).waitFor();
  await keyboard.write(field("Who"), "web");
  await keyboard.write(field("Where"), "api*");
  await keyboard.goTo(page.getByRole("combobox", { name: "May" }));
  await keyboard.press("ArrowDown", "ArrowDown", "Enter");
  await keyboard.activate(page.getByRole("button", { name: "Give" }));
  await page
    .getByRole("row", { name: /web/ })
    .getByText(/pull, push/)
    .waitFor();
  const { body } = await hub.root("GET /api/v1/namespaces/acme/rights");
  expect(body.items).toMatchObject([{ team: "web", pattern: "api*", actions: ["pull", "push"] }]);
  await keyboard.activate(page.getByRole("button", { name: /^Take/ }));
  await page.getByRole("dialog").waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await keyboard.confirm(page.getByRole("dialog"));
  await page.getByText("Nobody was given anything").waitFor();
});

test("by keyboard alone tags are chosen and deleted, and one is restored", async () => {
  const { page, keyboard, button } = hands();
  await page.goto("/");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await keyboard.travel("acme/api", "acme/api");
  await page.getByRole("heading", { name: "acme/api", level: 1 }).waitFor();
  for (const tag of ["1", "4"]) {
    await keyboard.goTo(page.getByLabel(`Choose ${tag}`, { exact: true }));
    await keyboard.press("Space");
  }
  await keyboard.activate(button("Delete (2)"));
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Delete 2 tags of acme/api?").waitFor();
  await keyboard.activate(dialog.getByRole("button", { name: "Delete (2)" }));
  await page.getByLabel("Choose 4", { exact: true }).waitFor({ state: "detached" });
  await expect
    .poll(() => page.evaluate("document.activeElement?.outerHTML"))
    .toContain("Filter tags");
  await page.goto("/history/acme/api?tag=1");
  await keyboard.activate(page.getByRole("button", { name: /^Restore 1 to / }));
  await keyboard.confirm(dialog);
  await expect.poll(async () => (await hub.root("GET /v2/acme/api/manifests/1")).status).toBe(200);
});

test("by keyboard alone a pull policy is written and edited, its refusal is read, and an exception is approved", async () => {
  const { page, keyboard, field, button } = hands();
  const bob = hub.as("bob", SENTENCE);
  await page.goto("/pull-policies/acme");
  await keyboard.write(field("Name").first(), "signed");
  await keyboard.write(
    field("Signed by any of these, one a line"),
    "https://issuer.example me@example.com",
  );
  await keyboard.activate(button("Save this policy"));
  await button("Edit signed").waitFor();
  await expect.poll(() => field("Name").first().inputValue()).toBe("");
  await keyboard.write(field("Name").first(), "signed");
  await page.getByText("There is such a policy already").waitFor();
  await keyboard.activate(button("Edit signed"));
  await keyboard.goTo(page.getByRole("combobox", { name: "Mode" }));
  await keyboard.press("ArrowDown", "ArrowDown", "ArrowDown", "Enter");
  expect(await page.getByRole("combobox", { name: "Mode" }).inputValue()).toBe(
    "enforce: refuse it",
  );
  await keyboard.activate(button("Save this policy"));
  const pull = async () => (await bob("GET /v2/acme/api/manifests/1")).status;
  await expect.poll(pull).toBe(403);
  await page.goto("/image/acme/api?reference=1");
  await keyboard.goTo(page.getByRole("tab", { name: "Findings" }));
  await keyboard.press("ArrowRight");
  await page.getByText("No: it is refused to whoever may not push.").waitFor();
  await keyboard.activate(button("Approve an exception from signed"));
  const dialog = page.getByRole("dialog");
  await keyboard.write(dialog.getByLabel("Reason"), "mended on Monday");
  expect(await findBarriers(page)).toEqual([]);
  await keyboard.activate(dialog.getByRole("button", { name: "Approve an exception" }));
  await page.getByText("let through: mended on Monday").waitFor();
  expect(await pull()).toBe(200);
  expect(visitor.failures).toEqual([]);
});

test("no page reported anything", async () => {
  expect(await countPolicyReports(hub.url)).toBe(0);
  expect(hub.errors).toEqual([]);
});
