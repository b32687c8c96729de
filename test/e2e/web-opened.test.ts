import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  findBarriers,
  logInBrowser,
  overflowAfterTurn,
  startChromium,
  visit,
} from "../harness/chromium.ts";
import { done, ROOT } from "../harness/hub-api.ts";
import { LOOKS } from "../harness/looks.ts";
import { PAGE_TEXTS } from "../harness/page-texts.ts";
import { imageOf, isOver, NGINX, scansOf, startScanningHub } from "../harness/scanning-hub.ts";

const SOURCE = join(import.meta.dirname, "../../web/src");
/** What the library opens over a page. */
const OPENS = /<(?:Modal|Menu|Drawer|Popover|HoverCard|Spotlight|Dialog)\b/;
const CVE = "CVE-2023-44487";
const DAY_MS = 86_400_000;

let aheadMs = 0;
let hub: Awaited<ReturnType<typeof startScanningHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  [hub, chromium] = await Promise.all([
    startScanningHub({ clock: () => new Date(Date.now() + aheadMs) }),
    startChromium(),
  ]);
  await hub.importTracker(NGINX);
  await hub.client.push("acme/web", "1", imageOf([["nginx", "1.22.1-9"]]));
  await hub.ask(scansOf("acme/web", "1"), isOver);
  const rules = { vulnerabilities: { severity: "low" } };
  await done(hub.root("PUT /api/v1/pull-policies?scope=acme&name=signed", { mode: "warn", rules }));
});
afterAll(async () => {
  await chromium.close();
  await hub[Symbol.asyncDispose]();
});

type Texts = (typeof PAGE_TEXTS)["en"];
interface Opened {
  readonly path: string;
  readonly open: (page: Page, texts: Texts) => Promise<void>;
}

const press = (name: (texts: Texts) => string) => async (page: Page, texts: Texts) =>
  await page.getByRole("button", { name: name(texts), exact: true }).click();

/** Everything that opens over a page, by the file that makes it: what a new file opens gets a line here. */
const OPENED: Readonly<Record<string, Opened>> = {
  "shell/colors-menu.tsx": { path: "/", open: press(({ shell }) => shell.colors) },
  "shell/language-menu.tsx": { path: "/", open: press(({ shell }) => shell.language) },
  "shell/account-menu.tsx": { path: "/", open: press(({ shell }) => shell.accountMenu("admin")) },
  "shell/palette.tsx": {
    path: "/",
    async open(page, { shell }) {
      await page.getByRole("button", { name: shell.language, exact: true }).waitFor();
      await page.keyboard.press("Control+k");
      await page.getByPlaceholder(shell.searchHint).fill("web");
      await page.getByRole("dialog").locator("button", { hasText: "acme/web" }).waitFor();
    },
  },
  "parts/confirm-button.tsx": {
    path: "/policies/acme/web",
    open: press((all) => all.policies.run),
  },
  "pages/repository/delete-tags.tsx": {
    path: "/r/acme/web",
    async open(page, { tags }) {
      await page.getByLabel(tags.chooseOne("1"), { exact: true }).check();
      await page.getByRole("button", { name: tags.delete(1), exact: true }).click();
    },
  },
  "pages/repository/describe-dialog.tsx": {
    path: "/r/acme/web",
    open: press(({ repository }) => repository.edit),
  },
  "pages/image/decide-button.tsx": {
    path: "/image/acme/web?reference=1",
    open: press(({ decisions }) => decisions.decideOn(CVE)),
  },
  "pages/pull-policies/approve-exception.tsx": {
    path: "/image/acme/web?reference=1&tab=trust",
    open: press(({ pullPolicies }) => pullPolicies.approveFor("signed")),
  },
  // The last: the session is old from then on.
  "parts/confirm-identity.tsx": {
    path: "/account/tokens",
    async open(page, { tokens }) {
      aheadMs = DAY_MS / 4;
      await page.getByRole("textbox", { name: tokens.label, exact: true }).fill("ci");
      await page.getByRole("button", { name: tokens.create, exact: true }).click();
    },
  },
};

/** The same of all that have one: a list to choose from, a time in full, the navigation of a narrow window. */
const OF_THE_LIBRARY: Readonly<Record<string, Opened>> = {
  "a list to choose from": {
    path: "/account/tokens",
    async open(page, { tokens }) {
      await page.getByRole("combobox", { name: tokens.scope }).click();
      await page.getByRole("option", { name: tokens.scopes["repo:read"], exact: true }).waitFor();
    },
  },
  "a time in full": {
    path: "/history/acme/web?tag=1",
    async open(page) {
      await page.locator("time").first().focus();
      await page.getByRole("tooltip").waitFor();
    },
  },
  "the navigation of a narrow window": {
    path: "/",
    async open(page, { shell }) {
      await page.getByRole("heading", { level: 1 }).waitFor();
      const opener = page.getByRole("button", { name: shell.openMenu, exact: true });
      if (await opener.isVisible()) await opener.click();
      await page.getByRole("navigation").getByRole("link", { name: shell.tokens }).waitFor();
    },
  },
};

test("whatever opens over a page is in the list of what is looked at", async () => {
  const files = globSync("**/*.tsx", { cwd: SOURCE });
  const texts = await Promise.all(files.map((file) => readFile(join(SOURCE, file), "utf8")));
  const opening = files.filter((_, at) => OPENS.test(texts[at] ?? ""));
  expect(opening.sort()).toEqual(Object.keys(OPENED).sort());
});

test.for(LOOKS)(
  "what opens over pages fits and keeps nobody out, at $width pixels, $colors, in $language",
  async (look) => {
    await using visitor = await visit(chromium, hub.url, look);
    aheadMs = 0;
    await logInBrowser(visitor, hub.url, ROOT);
    const { page } = visitor;
    for (const [name, { path, open }] of Object.entries({ ...OF_THE_LIBRARY, ...OPENED })) {
      await page.goto(path);
      await open(page, PAGE_TEXTS[look.language]);
      if (!(name in OF_THE_LIBRARY))
        await page.getByRole("dialog").or(page.getByRole("menu")).first().waitFor();
      expect.soft(await findBarriers(page), name).toEqual([]);
      expect.soft(await overflowAfterTurn(page), name).toBeLessThanOrEqual(0);
    }
    expect(visitor.failures).toEqual([]);
  },
);
