import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  findBarriers,
  logInBrowser,
  overflowAfterTurn,
  startChromium,
  visit,
} from "../harness/chromium.ts";
import { ROOT } from "../harness/hub-api.ts";
import { LOOKS } from "../harness/looks.ts";
import { OPENED, openEach, stageOpened } from "../harness/opened.ts";
import { PAGE_TEXTS } from "../harness/page-texts.ts";
import { startScanningHub } from "../harness/scanning-hub.ts";

const SOURCE = join(import.meta.dirname, "../../web/src");
/** What the library opens over a page. */
const OPENS = /<(?:Modal|Menu|Drawer|Popover|HoverCard|Spotlight|Dialog)\b/;
const DAY_MS = 86_400_000;

let aheadMs = 0;
let hub: Awaited<ReturnType<typeof startScanningHub>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  [hub, chromium] = await Promise.all([
    startScanningHub({ clock: () => new Date(Date.now() + aheadMs) }),
    startChromium(),
  ]);
  await stageOpened(hub);
});
afterAll(async () => {
  await chromium.close();
  await hub[Symbol.asyncDispose]();
});

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
    const texts = PAGE_TEXTS[look.language];
    const ageSession = () => {
      aheadMs = DAY_MS / 4;
    };
    for await (const name of openEach({ page, texts, ageSession })) {
      expect.soft(await findBarriers(page), name).toEqual([]);
      expect.soft(await overflowAfterTurn(page), name).toBeLessThanOrEqual(0);
    }
    expect(visitor.failures).toEqual([]);
  },
);
