import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  findBarriers,
  logInBrowser,
  overflowOf,
  startChromium,
  visit,
} from "../harness/chromium.ts";
import { ROOT, startAccountsHub } from "../harness/hub-api.ts";

const ISSUERS = [
  {
    ...{ issuer: "https://gitlab.com", audience: "https://hub.example.com" },
    rules: [
      {
        ...{ claims: { project_path: "acme/api" }, account: "ci", lifetime: "5m" },
        ...{ repositories: ["acme/**", "shop/**"], actions: ["pull", "push"] },
      },
    ],
  },
];
let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  // What jobs' tokens have to be made for.
  const url = "http://hub.example.com";
  const settings = { url, "access.issuers": JSON.stringify(ISSUERS) };
  [hub, chromium] = await Promise.all([startAccountsHub({ settings }), startChromium()]);
});
afterAll(async () => {
  await chromium.close();
  await hub[Symbol.asyncDispose]();
});

test("an owner sees which CI jobs reach the organization, adds a rule with its faults in place, and removes it", async () => {
  const organization = "acme";
  if ((await hub.root(`GET /api/v1/organizations/${organization}`)).status === 404)
    await hub.addOrganization(organization);
  const name = `deploy-${randomBytes(3).toString("hex")}`;
  await using visitor = await visit(chromium, hub.url, { width: 360 });
  await logInBrowser(visitor, hub.url, ROOT);
  const { page } = visitor;
  await page.goto(`/o/${organization}?tab=machines`);
  const row = page.getByRole("row").filter({ hasText: "of berth.yml" });
  await row.waitFor();
  const cells = await row.getByRole("cell").allInnerTexts();
  expect(cells[1]).toBe("project_path: acme/api");
  expect(cells.slice(2)).toEqual(["ci", "acme/**: pull, push", "5 minutes", ""]);
  const form = page.getByRole("form", { name: "Add a rule" });
  const field = (label: string) => form.getByRole("textbox", { name: label, exact: true });
  const add = form.getByRole("button", { name: "Add rule" });
  expect(await field("Repositories").inputValue()).toBe("acme/**");
  expect(await field("Account whose rights it has").count()).toBe(0);
  await field("Name of the rule").fill(name);
  await field("Project there").fill("https://github.com/acme/api");
  await form.getByText("without an address").waitFor();
  expect(await add.isDisabled()).toBe(true);
  await field("Project there").fill("*/api");
  await form.getByText("without an address").waitFor();
  await field("Project there").fill("acme/api");
  await page.getByText(`berth login --oidc --organization acme ${hub.url}`).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  expect(await overflowOf(page)).toBe(0);
  await add.click();
  const added = page.getByRole("row").filter({ hasText: `${name}, of this organization` });
  await added.waitFor();
  const said = await added.getByRole("cell").allInnerTexts();
  expect(said[1]?.split(/\n+/)).toEqual(["repository: acme/api", "ref: refs/heads/main"]);
  expect(said.slice(2, 5)).toEqual([`acme+ci:${name}`, "acme/**: pull, push", "30 minutes"]);
  expect(await field("Name of the rule").inputValue()).toBe("");
  // Of another service the hub says itself what lets in too many.
  await form.getByLabel("CI service").selectOption("other");
  await field("Name of the rule").fill(`${name}-2`);
  await field("Address of the issuer").fill("https://ci.example.com");
  await field("Subject; * for any characters").fill("*");
  await add.click();
  await page.getByText("no claim says of which project").waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await added.getByRole("button", { name: `Remove ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
  await added.waitFor({ state: "detached" });
  expect(visitor.failures).toEqual([]);
});

test("an administrator adds a rule of the hub, or takes its lines for berth.yml", async () => {
  const name = `hub-${randomBytes(3).toString("hex")}`;
  await using visitor = await visit(chromium, hub.url);
  await logInBrowser(visitor, hub.url, ROOT);
  const { page } = visitor;
  await page.goto("/admin?tab=ci");
  await page.getByText("acme/**, shop/**").waitFor();
  const form = page.getByRole("form", { name: "Add a rule" });
  const field = (label: string) => form.getByRole("textbox", { name: label, exact: true });
  await field("Name of the rule").fill(name);
  await field("Project there").fill("acme/*");
  await field("Repositories").fill("acme/**");
  expect(await page.getByText("access:").count()).toBe(0);
  await field("Account whose rights it has").fill(ROOT.name);
  await page.getByText('repository: "acme/*", ref: "refs/heads/main"').waitFor();
  await field("Name of the rule").press("Enter");
  const added = page.getByRole("row").filter({ hasText: `${name}, of the hub` });
  await added.waitFor();
  expect((await added.getByRole("cell").allInnerTexts())[2]).toBe(ROOT.name);
  expect(await findBarriers(page)).toEqual([]);
  await added.getByRole("button", { name: `Remove ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
  await added.waitFor({ state: "detached" });
  expect(visitor.failures).toEqual([]);
});
