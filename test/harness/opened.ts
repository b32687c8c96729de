import type { Page } from "playwright-core";
import { done } from "./hub-api.ts";
import type { PAGE_TEXTS } from "./page-texts.ts";
import { imageOf, isOver, NGINX, scansOf, type startScanningHub } from "./scanning-hub.ts";

const CVE = "CVE-2023-44487";

type Texts = (typeof PAGE_TEXTS)["en"];
/** The browser's session, which a clock of the test's own makes older than a deed may be done with. */
type AgeSession = () => void;
interface Opened {
  readonly path: string;
  readonly open: (page: Page, texts: Texts, ageSession: AgeSession) => Promise<void>;
}

/** What has to be there for all of it to open. */
export async function stageOpened(hub: Awaited<ReturnType<typeof startScanningHub>>) {
  await hub.importTracker(NGINX);
  await hub.client.push("acme/web", "1", imageOf([["nginx", "1.22.1-9"]]));
  await hub.ask(scansOf("acme/web", "1"), isOver);
  const rules = { vulnerabilities: { severity: "low" } };
  await done(hub.root("PUT /api/v1/pull-policies?scope=acme&name=signed", { mode: "warn", rules }));
}

const press = (name: (texts: Texts) => string) => async (page: Page, texts: Texts) =>
  await page.getByRole("button", { name: name(texts), exact: true }).click();

/** Everything that opens over a page, by the file that makes it: what a new file opens gets a line here. */
export const OPENED: Readonly<Record<string, Opened>> = {
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
    async open(page, { tokens }, ageSession) {
      ageSession();
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

/** Opens one after the other; each is there when it is handed over. */
export async function* openEach(wish: {
  readonly page: Page;
  readonly texts: Texts;
  readonly ageSession: AgeSession;
}): AsyncGenerator<string> {
  const { page, texts, ageSession } = wish;
  for (const [name, { path, open }] of Object.entries({ ...OF_THE_LIBRARY, ...OPENED })) {
    await page.goto(path);
    await open(page, texts, ageSession);
    if (!(name in OF_THE_LIBRARY))
      await page.getByRole("dialog").or(page.getByRole("menu")).first().waitFor();
    yield name;
  }
}
