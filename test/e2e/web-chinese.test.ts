import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logInBrowser, startChromium, visit } from "../harness/chromium.ts";
import { done, ROOT } from "../harness/hub-api.ts";
import { openEach, stageOpened } from "../harness/opened.ts";
import { PAGE_TEXTS } from "../harness/page-texts.ts";
import { pushImage } from "../harness/pushed-image.ts";
import { imageOf, isOver, scansOf, startScanningHub } from "../harness/scanning-hub.ts";

const DAY_MS = 86_400_000;

let aheadMs = 0;
let hub: Awaited<ReturnType<typeof startScanningHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;

const TOOLS = {
  config: { os: "linux", architecture: "amd64" },
  layers: ["tools"],
};

/** What is called the same in every language: programs, protocols, formats, units, and words of our own files. */
const NAMES = new Set(
  `Ctrl Berth Git GitHub GitLab Gitea Forgejo Bitbucket Server Docker Hub hub Dockerfile Kubernetes API UTC SBOM VEX CVE JSON YAML
  PEM Webhook Webhooks webhook Markdown MB GB TB KB kB B CI POST ssh https SPDX CycloneDX OpenVEX Debian bookworm
  docker podman containerd git pull json slack quay harbor distribution distribution-v cloudevents dive openssl
  amd arm ppc le riscv keep delete builds builder LDAP sub Actions agents type anyOf key`.split(
    /\s+/,
  ),
);
/** What was called so here. */
const OURS = new Set([
  "acme",
  "web",
  "admin",
  "tools",
  "olaf",
  "wanda",
  "deploy",
  "laptop",
  ...["node", "repo", "tag", "push", "nginx", "signed", "main", "ci"],
  "api",
  "CVE-",
]);

/** What people and programs wrote stands in elements that say so; nothing of it is the pages' own. */
const QUOTED =
  "code, pre, time, .name, .digest, [lang=en], script, style, noscript, body > textarea";

beforeAll(async () => {
  [hub, chromium] = await Promise.all([
    startScanningHub({ clock: () => new Date(Date.now() + aheadMs) }),
    startChromium(),
  ]);
  await stageOpened(hub);
  await hub.client.push("acme/web", "2", imageOf([["nginx", "1.22.1-9+deb12u1"]]));
  await hub.ask(scansOf("acme/web", "2"), isOver);
  await pushImage(hub.url, ROOT, { ...TOOLS, as: "admin/tools:1" });
  const robot = { label: "deploy", resources: [{ repositories: "acme/**", actions: ["pull"] }] };
  await done(hub.root("POST /api/v1/organizations/acme/robots", robot));
  await done(hub.root("POST /api/v1/organizations/acme/teams", { name: "web", description: "" }));
  const right = { team: "web", pattern: "**", actions: ["pull", "push"] };
  await done(hub.root("PUT /api/v1/namespaces/acme/rights", right));
  await done(hub.root("POST /api/v1/account/tokens", { label: "laptop", scopes: ["repo:read"] }));
});
afterAll(async () => {
  await chromium.close();
  await hub[Symbol.asyncDispose]();
});

const tabs = (path: string, ...names: readonly string[]) =>
  names.map((name) => `${path}${path.includes("?") ? "&" : "?"}tab=${name}`);

const PAGES = [
  ...["/?q=nothing-like-this", "/search?vulnerability=CVE-2023-44487"],
  ...["/r/acme/web", "/r/admin/tools", "/activity/acme/web", "/history/acme/web?tag=1"],
  ...tabs("/image/acme/web?reference=1", "findings", "trust", "packages", "layers", "config"),
  ...tabs("/image/acme/web?reference=1", "referrers"),
  "/compare/acme/web?from=1&to=2",
  ...tabs("/settings/acme/web", "general", "rights"),
  ...["/policies/acme/web", "/pull-policies/acme/web", "/builds/acme/web"],
  ...["/account", "/account/tokens", "/o", "/nothing/here", "/r/acme/nothing"],
  ...tabs("/o/acme", "repositories", "members", "teams", "rights", "machines"),
  ...tabs("/o/acme", "webhooks", "audit", "settings"),
  ...tabs("/admin", "health", "jobs", "agents", "users", "ci", "usage", "collection"),
  ...tabs("/admin", "advisories", "audit"),
  "/admin/users/olaf",
];

test("pages in Chinese say everything in Chinese but names and what people wrote", async () => {
  await using visitor = await visit(chromium, hub.url, { language: "zh" });
  await logInBrowser(visitor, hub.url, ROOT);
  const found: string[] = [];
  const left = [...PAGES];
  const look = async (page: Page) => {
    for (let path = left.shift(); path !== undefined; path = left.shift()) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle");
      for (const text of await ownTexts(page)) found.push(...foreignIn(text, path));
    }
  };
  const { page, context } = visitor;
  await Promise.all([page, await context.newPage(), await context.newPage()].map(look));
  expect([...new Set(found)]).toEqual([]);
});

test("what opens over pages in Chinese says everything in Chinese, too", async () => {
  await using visitor = await visit(chromium, hub.url, { language: "zh" });
  aheadMs = 0;
  await logInBrowser(visitor, hub.url, ROOT);
  const { page } = visitor;
  const ageSession = () => {
    aheadMs = DAY_MS / 4;
  };
  const found: string[] = [];
  for await (const name of openEach({ page, texts: PAGE_TEXTS.zh, ageSession }))
    for (const text of await ownTexts(page)) found.push(...foreignIn(text, name));
  expect([...new Set(found)]).toEqual([]);
});

/** Those of the pages themselves, what is read aloud among them. */
async function ownTexts(page: Page): Promise<readonly string[]> {
  return await page.evaluate(`{
    const quoted = ${JSON.stringify(QUOTED)};
    const texts = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
      if (!node.parentElement.closest(quoted)) texts.push(node.textContent.trim());
    for (const attribute of ["aria-label", "placeholder", "title"])
      for (const element of document.querySelectorAll("[" + attribute + "]"))
        if (!element.closest(quoted)) texts.push(element.getAttribute(attribute));
    texts.filter((text) => text !== "");
  }`);
}

function foreignIn(text: string, where: string): readonly string[] {
  const words = wordsOf(text);
  return words.length === 0 ? [] : [`${where}: ${words.join(" ")} (${text})`];
}

function wordsOf(text: string): readonly string[] {
  const words = text
    // Addresses, names of things in the hub, and what is typed.
    // Files and settings.
    .replaceAll(/\w+(?:\.\w+)+/g, " ")
    .replaceAll(/[\w.*-]+(?:[/:@=][\w.*@:=?&-]*)+/g, " ")
    .match(/[A-Za-z][A-Za-z'’-]+/g);
  return (words ?? []).filter((word) => !NAMES.has(word) && !OURS.has(word));
}
