import { request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countPolicyReports } from "../harness/chromium.ts";
import { everyPage } from "../harness/every-page.ts";
import { ROOT } from "../harness/hub-api.ts";
import { type StagedHub, startStagedHub } from "../harness/staged-hub.ts";

/** What would run if a page took it for more than a text. */
const EVIL = `<img src=x onerror="window.hacked=1"><a href="javascript:window.hacked=1">x</a>`;
const EVIL_MARKDOWN = `# ${EVIL}

<script>window.hacked=1</script> [a](javascript:window.hacked=1) <svg onload="window.hacked=1">
[b](data:text/html,<script>window.hacked=1</script>) ![c](https://pictures.invalid/c.png) ![d](javascript:window.hacked=1)

| ${EVIL} | x |
|---|---|
| <iframe srcdoc="<script>parent.hacked=1</script>"></iframe> | y |
`;
/** None of this comes from the hub's own pages. */
const WILD =
  'a[href^="javascript:"], a[href^="data:"], main img, iframe, main script, object, embed, [onerror], [onload], [onclick]';
const VULNERABILITY = "CVE-2023-44487";
const PATIENCE_MS = 300_000;

let stage: StagedHub;

beforeAll(async () => {
  stage = await startStagedHub({
    organization: "evil",
    vulnerability: VULNERABILITY,
    words: (what) => (what.startsWith("#") ? EVIL_MARKDOWN : EVIL),
    receiver: { status: 400, answer: EVIL },
    async prepare(hub) {
      await hub.importTracker({ nginx: { [VULNERABILITY]: null } }, () => EVIL);
      await logInWith(hub.url, EVIL);
    },
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

/** A session of a browser that calls itself so. */
async function logInWith(url: string, userAgent: string): Promise<void> {
  const { statusCode, body } = await request(`${url}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": userAgent },
    body: JSON.stringify(ROOT),
  });
  await body.dump();
  expect(statusCode).toBe(201);
}

/** Where something of it has to be read, so that the pages are known to show what they were told. */
const SHOWN = [
  "/",
  "/r/evil/web",
  "/image/evil/web?reference=1&tab=findings",
  "/image/evil/web?reference=1&tab=trust",
  "/image/evil/web?reference=1&tab=packages",
  "/image/evil/web?reference=1&tab=layers",
  "/image/evil/web?reference=1&tab=config",
  "/compare/evil/web?from=1&to=2",
  "/builds/evil/web",
  "/build/1",
  "/official/1",
  "/account",
  "/account/tokens",
  "/o",
  "/o/evil?tab=teams",
  "/o/evil?tab=machines",
  "/o/evil?tab=webhooks",
  "/o/evil?tab=audit",
  "/o/evil?tab=settings",
  "/policies/evil/web",
  "/pull-policies/evil",
];

test("S68: nothing that people write anywhere runs on any page, and all of it is shown as text", {
  timeout: PATIENCE_MS,
}, async () => {
  const { hub, chromium, staged } = stage;
  const shown: string[] = [];
  const hosts = new Set<string>();
  for await (const { path, visitor } of everyPage({
    ...{ chromium, url: hub.url, staged, language: "en" },
  })) {
    const { page, failures } = visitor;
    page.on("request", (asked) => hosts.add(new URL(asked.url()).host));
    expect(await page.evaluate("window.hacked"), path).toBeUndefined();
    expect(await page.locator(WILD).count(), path).toBe(0);
    expect(failures, path).toEqual([]);
    const text = await page.evaluate(
      "document.body.innerText + [...document.querySelectorAll('input, textarea')].map(({ value }) => value)",
    );
    if (String(text).includes("onerror")) shown.push(path);
  }
  expect(SHOWN.filter((path) => !shown.includes(path))).toEqual([]);
  expect([...hosts]).toEqual([new URL(hub.url).host]);
});

test("names that would be scripts are no names", async () => {
  const at = "/api/v1/organizations/evil";
  const query = `scope=evil&name=${encodeURIComponent(EVIL)}`;
  for (const [line, body] of [
    ["POST /api/v1/users", { name: EVIL, password: ROOT.password }],
    ["POST /api/v1/organizations", { name: EVIL }],
    ["POST /api/v1/repositories", { name: `evil/${EVIL}` }],
    [`POST ${at}/teams`, { name: EVIL }],
    [`POST ${at}/roles`, { name: EVIL, permissions: ["repository.push"] }],
    [`PUT /api/v1/pull-policies?${query}`, { mode: "warn", rules: {} }],
    ["POST /api/v1/build-agents", { name: EVIL }],
    ["PUT /api/v1/build-secrets/of/evil/web", { name: EVIL, value: "x" }],
  ] as const)
    expect((await stage.hub.root(line, body)).status, line).toBeOneOf([400, 422]);
});

test("no page reported anything that its policy forbids, and the hub logged no error", async () => {
  expect(await countPolicyReports(stage.hub.url)).toBe(0);
  expect(stage.hub.errors).toEqual([]);
});
