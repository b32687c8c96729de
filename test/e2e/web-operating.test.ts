import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findBarriers, logInBrowser, startChromium, visit } from "../harness/chromium.ts";
import { ROOT, startAccountsHub } from "../harness/hub-api.ts";

let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  [hub, chromium] = await Promise.all([startAccountsHub(), startChromium()]);
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
  await expect.poll(() => row.getByRole("cell").allInnerTexts()).toEqual(["Scans", "0", "0", "–"]);
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  database
    .prepare(
      "insert into scans (digest, state, reason, analyser_version, advisories, attempts, due_at) values (?, 'failed', 'cut off', 1, '', 3, 0)",
    )
    .run(`sha256:${"3".repeat(64)}`);
  await expect.poll(() => row.getByRole("cell").allInnerTexts()).toEqual(["Scans", "0", "1", "–"]);
  expect(asked.filter((path) => path === "/api/v1/jobs")).toHaveLength(1);
  expect(asked).toContain("/api/v1/jobs/events");
  expect(await findBarriers(page)).toEqual([]);
  expect(visitor.failures).toEqual([]);
});
