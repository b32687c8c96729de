import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shortDigest } from "../../web/src/parts/short-digest.ts";
import {
  countPolicyReports,
  type Look,
  logInBrowser,
  overflowOf,
  startChromium,
  type Visit,
  visit,
} from "../harness/chromium.ts";
import { handsWithKeyboard, handsWithPointer } from "../harness/hands.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { LOOKS } from "../harness/looks.ts";
import { PAGE_TEXTS } from "../harness/page-texts.ts";

const READER = { name: "bob", password: SENTENCE };

let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;
let places = 0;

beforeAll(async () => {
  [hub, chromium] = await Promise.all([startAccountsHub(), startChromium()]);
  await hub.addUsers(READER.name);
});
afterAll(async () => {
  await chromium.close();
  await hub[Symbol.asyncDispose]();
});

/** A name that nobody has used yet: a task that is tried again finds nothing of the first try. */
function newName(): string {
  places += 1;
  return `place${places}`;
}

async function newRepository(...tags: readonly string[]): Promise<string> {
  const name = newName();
  await done(hub.root("POST /api/v1/organizations", { name }));
  for (const tag of tags) await done(hub.push(ROOT, `${name}/api:${tag}`) as never);
  return `${name}/api`;
}

/** Of the image of that tag, which nobody has signed. */
async function refusePulls(repository: string, tag: string): Promise<() => Promise<number>> {
  const [scope = ""] = repository.split("/");
  const signers = [{ issuer: "https://issuer.example", subject: "me@example.com" }];
  const policy = { mode: "enforce", rules: { signedBy: { anyOf: signers } } };
  await done(hub.root(`PATCH /api/v1/repositories/${repository}`, { visibility: "public" }));
  await done(hub.root(`PUT /api/v1/pull-policies?scope=${scope}&name=signed`, policy));
  const bob = hub.as(READER.name);
  const pull = async () => (await bob(`GET /v2/${repository}/manifests/${tag}`)).status;
  await expect.poll(pull).toBe(403);
  return pull;
}

type Task = (at: Awaited<ReturnType<typeof sit>>) => Promise<void>;

/** Somebody before a page, who knows its language. */
async function sit(visitor: Visit, look: Required<Look>, isKeyboardAlone: boolean) {
  const { page } = visitor;
  const texts = PAGE_TEXTS[look.language];
  const hands = isKeyboardAlone ? handsWithKeyboard(page) : handsWithPointer();
  const button = (name: string, within: Pick<typeof page, "getByRole"> = page) =>
    within.getByRole("button", { name, exact: true });
  const field = (name: string) => page.getByRole("textbox", { name, exact: true });
  /** By the navigation, which narrow windows hide. */
  const go = async (name: string) => {
    await page.goto("/");
    await page.getByRole("heading", { level: 1 }).waitFor();
    const opener = button(texts.shell.openMenu);
    if (await opener.isVisible()) await hands.activate(opener);
    await hands.activate(page.getByRole("navigation").getByRole("link", { name, exact: true }));
    await page.getByRole("heading", { name, level: 1, exact: true }).waitFor();
  };
  const signIn = (who: typeof ROOT) => logInBrowser(visitor, hub.url, who);
  return { page, texts, button, field, go, signIn, dialog: page.getByRole("dialog"), ...hands };
}

const TASKS: Readonly<Record<string, Task>> = {
  "signing in": async ({ page, texts, button, field, write, activate }) => {
    await page.goto("/");
    await activate(page.getByRole("link", { name: texts.shell.signIn, exact: true }));
    await page.getByRole("heading", { name: texts.signIn.title, level: 1 }).waitFor();
    await write(field(texts.signIn.name), ROOT.name);
    await write(page.getByLabel(texts.signIn.password).first(), ROOT.password);
    await activate(button(texts.signIn.submit));
    await button(texts.shell.accountMenu(ROOT.name)).waitFor();
  },
  "creating an organization": async ({ page, texts, go, signIn, ...at }) => {
    const name = newName();
    await signIn(ROOT);
    await go(texts.organizations.title);
    await at.write(at.field(texts.common.name), name);
    await at.activate(at.button(texts.organizations.create));
    await page.getByRole("heading", { name, level: 1 }).waitFor();
    expect((await hub.root(`GET /api/v1/organizations/${name}`)).status).toBe(200);
  },
  "making a token": async ({ page, texts, go, signIn, ...at }) => {
    await signIn(ROOT);
    await go(texts.shell.tokens);
    await at.write(at.field(texts.tokens.label), newName());
    await at.activate(at.button(texts.tokens.create));
    await page.getByText(`docker login --username admin ${new URL(hub.url).host}`).waitFor();
    const secret = await page.getByRole("alert").locator("pre").first().textContent();
    expect((await hub.as(ROOT.name, secret ?? "")("GET /v2/")).status).toBe(200);
  },
  "restoring a tag": async ({ page, texts, button, signIn, dialog, activate }) => {
    const repository = await newRepository("1");
    const path = `/v2/${repository}/manifests/1`;
    const digest = (await hub.root(`GET ${path}`)).headers.get("docker-content-digest") ?? "";
    await done(hub.root(`DELETE ${path}`) as never);
    await signIn(ROOT);
    await page.goto(`/history/${repository}?tag=1`);
    await activate(button(texts.history.restoreTo("1", shortDigest(digest))));
    await dialog.waitFor();
    await activate(button(texts.history.restore, dialog));
    await expect.poll(async () => (await hub.root(`GET ${path}`)).status).toBe(200);
    await page.getByText(texts.history.causes.restore, { exact: true }).waitFor();
  },
  "simulating and applying retention": async ({ page, texts: all, button, signIn, ...at }) => {
    const { policies: texts } = all;
    const repository = await newRepository("1", "2-dev");
    await signIn(ROOT);
    await page.goto(`/policies/${repository}`);
    await at.write(at.field(texts.policy), 'delete --match "*-dev"');
    await page.getByText(texts.readings["removes what a delete line matches"]).waitFor();
    await at.activate(button(texts.simulate));
    await page.getByRole("img", { name: texts.picture("1", "1"), exact: true }).waitFor();
    await at.activate(button(texts.save));
    await page.getByText(texts.from(repository), { exact: true }).waitFor();
    await at.activate(button(texts.run));
    await at.dialog.waitFor();
    await at.activate(button(texts.run, at.dialog));
    await page.getByText(texts.undo, { exact: true }).waitFor();
    expect((await hub.root(`GET /v2/${repository}/manifests/2-dev`)).status).toBe(404);
  },
  "reading why a pull was refused": async ({ page, texts, signIn, openTab }) => {
    const repository = await newRepository("1");
    await refusePulls(repository, "1");
    await signIn(READER);
    await page.goto(`/image/${repository}?reference=1`);
    await openTab(page.getByRole("tab", { name: texts.trust.tab, exact: true }));
    await page.getByText(texts.trust.outcomes.refused).waitFor();
    const [namespace = ""] = repository.split("/");
    const policy = page.getByRole("region", { name: texts.trust.policy("signed", namespace) });
    await policy.getByText(texts.trust.unmet, { exact: true }).waitFor();
    await policy.getByText("me@example.com").waitFor();
  },
  "approving an exception": async ({ page, texts, button, signIn, dialog, ...at }) => {
    const repository = await newRepository("1");
    const pull = await refusePulls(repository, "1");
    await signIn(ROOT);
    await page.goto(`/image/${repository}?reference=1&tab=trust`);
    await at.activate(button(texts.pullPolicies.approveFor("signed")));
    await at.write(dialog.getByLabel(texts.pullPolicies.reason), "mended on Monday");
    await at.activate(button(texts.pullPolicies.approve, dialog));
    await page.getByText(texts.trust.excepted("mended on Monday")).waitFor();
    expect(await pull()).toBe(200);
  },
};

describe.for(LOOKS)("at $width pixels, $colors, in $language", (look) => {
  // Wide and narrow, English and Chinese: each is done both ways.
  const way = look.colors === "light" ? "by keyboard alone" : "with a pointer";
  test.for(Object.entries(TASKS))(`%s, ${way}`, async ([, perform]) => {
    await using visitor = await visit(chromium, hub.url, look);
    await perform(await sit(visitor, look, look.colors === "light"));
    expect(await overflowOf(visitor.page)).toBeLessThanOrEqual(0);
    expect(await visitor.page.getAttribute("html", "lang")).toBe(look.language);
    expect(visitor.failures).toEqual([]);
  });
});

test("no page reported anything", async () => {
  expect(await countPolicyReports(hub.url)).toBe(0);
  expect(hub.errors).toEqual([]);
});
