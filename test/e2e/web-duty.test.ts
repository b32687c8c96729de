import { expect, test } from "vitest";
import { readOtpauth } from "../harness/authenticator-app.ts";
import { findBarriers, logInBrowser, startChromium, visit } from "../harness/chromium.ts";
import { ROOT, startAccountsHub } from "../harness/hub-api.ts";

test("whoever owes two-factor login is led to where they turn it on, and everything is open to them then", async () => {
  await using hub = await startAccountsHub({ settings: { "access.twoFactor": "required" } });
  await using chromium = await startChromium();
  await using visitor = await visit(chromium, hub.url);
  const { page } = visitor;
  await logInBrowser(visitor, hub.url, ROOT);
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
