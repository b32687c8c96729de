import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { IS_SOAK } from "../faults/scale.ts";
import {
  countPolicyReports,
  findBarriers,
  type Look,
  overflowAfterTurn,
  type Visit,
} from "../harness/chromium.ts";
import { everyPage } from "../harness/every-page.ts";
import { done, ROOT } from "../harness/hub-api.ts";
import { LANGUAGES, looksIn } from "../harness/looks.ts";
import { NGINX } from "../harness/scanning-hub.ts";
import { type StagedHub, startStagedHub } from "../harness/staged-hub.ts";

/** For the documents pages are painted by `npm run soak`, and with BERTH_PICTURES=1: their bytes change with every run, as times do. */
const PAINTS = IS_SOAK || process.env.BERTH_PICTURES === "1";
const PICTURES = join(import.meta.dirname, "../../docs/pictures");
const VULNERABILITY = "CVE-2023-44487";

const WIDE_LIGHT = "1280-light-en";
const WIDE_DARK = "1280-dark-zh";
const NARROW_LIGHT = "360-light-zh";
const NARROW_DARK = "360-dark-en";
/** Which picture is of which page, and in which look. */
const PAINTED: Readonly<Record<string, readonly [name: string, look: string]>> = {
  "/": ["explore", WIDE_LIGHT],
  "/sign-in": ["sign-in", NARROW_DARK],
  "/r/shop/web": ["repository", WIDE_LIGHT],
  "/image/shop/web?reference=1&tab=findings": ["image", WIDE_LIGHT],
  "/image/shop/web?reference=1&tab=trust": ["trust", NARROW_DARK],
  "/image/shop/web?reference=1&tab=layers": ["layers", WIDE_DARK],
  "/compare/shop/web?from=1&to=2": ["compare", WIDE_LIGHT],
  "/history/shop/web?tag=1": ["history", NARROW_LIGHT],
  "/builds/shop/web": ["builds", WIDE_DARK],
  "/account/tokens": ["tokens", NARROW_LIGHT],
  "/o/shop?tab=rights": ["organization", WIDE_LIGHT],
  "/policies/shop/web": ["policies", WIDE_DARK],
  "/pull-policies/shop": ["pull-policies", WIDE_LIGHT],
  "/search?package=nginx&below=1.23": ["search", NARROW_DARK],
  "/admin?tab=health": ["admin", WIDE_DARK],
};

/** Beside the one that everything is about, so that lists are lists. */
const OTHERS = {
  "acme/api": "Orders, stock and prices",
  "acme/worker": "What happens at night",
  "tools/backup": "Brings everything to another place",
  "tools/postgres": "The database of the house, with its extensions",
} as const;

let stage: StagedHub;

beforeAll(async () => {
  stage = await startStagedHub({
    organization: "shop",
    vulnerability: VULNERABILITY,
    words: (what) => what,
    async prepare(hub) {
      await hub.importTracker(NGINX);
      for (const [name, description] of Object.entries(OTHERS)) {
        await done(hub.push(ROOT, `${name}:1`) as never);
        await done(hub.root(`PATCH /api/v1/repositories/${name}`, { description }));
      }
    },
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

async function turn({ page }: Visit, { width, colors }: Required<Look>): Promise<void> {
  await page.setViewportSize({ width, height: 800 });
  await page.emulateMedia({ colorScheme: colors });
}

const PATIENCE_MS = 300_000;

test.for(LANGUAGES)(
  "every page is whole and keeps nobody out, in %s",
  { timeout: PATIENCE_MS },
  async (language) => {
    const { hub, chromium, staged } = stage;
    for await (const { path, visitor } of everyPage({ chromium, url: hub.url, staged, language })) {
      const { page, failures } = visitor;
      for (const look of looksIn(language)) {
        await turn(visitor, look);
        const what = `${path} ${look.width} ${look.colors} ${language}`;
        expect.soft(await overflowAfterTurn(page), what).toBeLessThanOrEqual(0);
        // Barriers are about colours and names: the looks of one language have all of both.
        if (language === "en" || IS_SOAK) expect.soft(await findBarriers(page), what).toEqual([]);
        await paint(page, path, `${look.width}-${look.colors}-${language}`);
      }
      expect.soft(await page.getAttribute("html", "lang"), path).toBe(language);
      expect.soft(await page.title(), path).toMatch(/ · Berth$/);
      expect.soft(await page.locator("h1").count(), path).toBe(1);
      expect(failures, path).toEqual([]);
    }
  },
);

async function paint(page: Visit["page"], path: string, look: string): Promise<void> {
  const [name, wanted] = PAINTED[path] ?? [];
  if (!PAINTS || look !== wanted) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}-${look}.png`) });
}

test("no page reported anything that its policy forbids, and the hub logged no error", async () => {
  expect(await countPolicyReports(stage.hub.url)).toBe(0);
  expect(stage.hub.errors).toEqual([]);
});
