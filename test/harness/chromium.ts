import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { Browser as HubBrowser } from "./browser.ts";

const CHROMIUM = "/usr/bin/chromium";
/** What axe calls a barrier; the rest is advice. */
const SERIOUS = new Set(["serious", "critical"]);

const PATIENCE_MS = 30_000;

export interface Look {
  readonly width?: number;
  readonly colors?: "light" | "dark";
  readonly language?: "en" | "zh";
}

/** Debian's Chromium, which must have been told nothing by anybody. */
export async function startChromium(): Promise<Browser & AsyncDisposable> {
  return await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page failed at: uncaught errors, and what its policy kept it from. */
  readonly failures: readonly string[];
}

/** A visitor with a browser of their own, as wide, dark and Chinese as they like. */
export async function visit(browser: Browser, url: string, look: Look = {}): Promise<Visit> {
  const { width = 1280, colors = "light", language = "en" } = look;
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height: 800 },
    colorScheme: colors,
    locale: language === "zh" ? "zh-CN" : "en-US",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  page.on("console", (line) => {
    if (/Content Security Policy|violates/.test(line.text())) failures.push(line.text());
  });
  return { page, context, failures, [Symbol.asyncDispose]: () => context.close() };
}

/** A browser that has logged in already, without the form. */
export async function logInBrowser(
  { context }: Visit,
  url: string,
  credentials: { readonly name: string; readonly password: string },
): Promise<void> {
  const browser = await new HubBrowser(url).logIn(credentials);
  const [name = "", value = ""] = browser.cookie.split("=");
  await context.addCookies([{ name, value, url, httpOnly: true, sameSite: "Lax" }]);
}

/** What keeps people out who do not use a mouse, or do not see: one line for each barrier. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page })
    // No frames are on these pages: no other page has to be opened to put together what each of them said.
    .setLegacyMode()
    .options({ resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] })
    .analyze();
  return violations
    .filter(({ impact }) => SERIOUS.has(impact ?? ""))
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

const TURNING_MS = 10_000;

/** How many pixels of the page stand out of the window to the right, once a window that was turned is laid out anew. */
export async function overflowAfterTurn(page: Page): Promise<number> {
  const deadline = Date.now() + TURNING_MS;
  while ((await overflowOf(page)) > 0 && Date.now() < deadline) await page.waitForTimeout(50);
  return await overflowOf(page);
}

/** How many pixels of the page stand out of the window to the right. */
export async function overflowOf(page: Page): Promise<number> {
  return await page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
}

/** How often a browser told the hub that a page did what its policy forbids. */
export async function countPolicyReports(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^berth_policy_reports_total (\d+)$/m.exec(metrics)?.[1]);
}
