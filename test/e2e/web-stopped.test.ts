import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { logInBrowser, startChromium, visit } from "../harness/chromium.ts";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { pushImage } from "../harness/pushed-image.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const AWAY = "The hub does not answer";
const POLICY = 'delete --match "*-dev"';

test("pages of every kind say that the hub was stopped, keep what was typed, and go on by themselves", async () => {
  await using data = await makeTempDirectory("stopped");
  const start = (listen: string) =>
    HubProcess.start({
      dataDirectory: data.path,
      env: {
        BERTH_ACCESS_MODE: "accounts",
        BERTH_ADMIN_PASSWORD: ROOT.password,
        BERTH_LISTEN: listen,
      },
    });
  await using chromium = await startChromium();
  const first = await start("127.0.0.1:0");
  await using visitor = await visit(chromium, first.url);
  const open = async (path: string): Promise<Page> => {
    const page = await visitor.context.newPage();
    await page.goto(path);
    await page.locator("h1").waitFor();
    return page;
  };
  const tag = (page: Page, name: string) => page.getByRole("link", { name, exact: true });
  const push = (url: string, name: string) =>
    pushImage(url, ROOT, { as: `admin/shop:${name}`, config: {}, layers: [name] });
  await push(first.url, "1");
  await logInBrowser(visitor, first.url, ROOT);
  const idle = await open("/r/admin/shop");
  await tag(idle, "1").waitFor();
  const tokens = await open("/account/tokens");
  await tokens.getByLabel("What it is for").fill("ci");
  const policy = await open("/policies/admin/shop");
  const text = policy.getByRole("textbox", { name: "Policy, one rule a line" });
  await text.fill(POLICY);
  const health = await open("/admin");
  const pages = [idle, tokens, policy, health];

  await first.stop("SIGKILL");
  await first[Symbol.asyncDispose]();
  // Nobody does anything in these.
  for (const page of pages) await page.getByText(AWAY).waitFor();
  await tokens.getByRole("button", { name: "Make a token" }).click();
  await tokens.getByRole("alert").getByText("The hub did not answer").waitFor();

  await using second = await start(first.host);
  // What happens before a page listens again, it reads anew.
  await push(second.url, "2");
  const run = { scope: { kind: "repository", name: "admin/shop" } };
  await done(callerOf(second.url, ROOT)("POST /api/v1/retention/runs", run));
  for (const page of pages) await page.getByText(AWAY).waitFor({ state: "detached" });
  await tag(idle, "2").waitFor();
  await policy.getByRole("cell", { name: "admin", exact: true }).waitFor();
  await health.getByText("It is ready").or(health.getByText("ok").first()).first().waitFor();
  await tokens.getByRole("button", { name: "Make a token" }).click();
  await tokens.getByText(`docker login --username admin ${second.host}`).waitFor();
  await tokens.getByRole("cell", { name: "ci", exact: true }).waitFor();
  expect(await text.inputValue()).toBe(POLICY);
  await policy.getByRole("button", { name: "Simulate" }).click();
  await policy.getByText("It removes nothing.").waitFor();
  expect(visitor.failures).toEqual([]);
});
