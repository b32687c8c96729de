import type { Browser, Page } from "playwright-core";
import { PLACES, type Place, type Staged } from "../../web/src/page-list.ts";
import { type Look, logInBrowser, type Visit, visit } from "./chromium.ts";
import { ROOT } from "./hub-api.ts";

const NOWHERE: Place = { route: "", paths: () => ["/nothing/here"] };

/** After a frame: whether anything is shown to be on its way. */
const FRAME = `new Promise((tell) => requestAnimationFrame(() => setTimeout(() =>
  tell(document.querySelector("[role=status] .mantine-Loader-root") !== null), 10)))`;

/** Each page there is, one after the other and all of it there, in the browser of somebody who sees it. */
export async function* everyPage(wish: {
  readonly chromium: Browser;
  readonly url: string;
  readonly staged: Staged;
  readonly language: Look["language"] & string;
}): AsyncGenerator<{ readonly path: string; readonly visitor: Visit }> {
  const { chromium, url, staged, language } = wish;
  await using member = await visit(chromium, url, { language });
  await using stranger = await visit(chromium, url, { language });
  await logInBrowser(member, url, ROOT);
  const sides = {
    member: { visitor: member, settle: watchSettling(member.page) },
    stranger: { visitor: stranger, settle: watchSettling(stranger.page) },
  };
  for (const { paths, isForStrangers = false } of [...PLACES, NOWHERE]) {
    const { visitor, settle } = isForStrangers ? sides.stranger : sides.member;
    for (const path of paths(staged)) {
      await visitor.page.goto(path);
      await settle();
      yield { path, visitor };
    }
  }
}

/** Follows what a page asks the hub for; what it answers waits until the page has all of it and shows it. */
function watchSettling(page: Page): () => Promise<void> {
  const open = new Set<object>();
  page.on("request", (request) => {
    // The stream of events never ends.
    if (request.resourceType() !== "eventsource" && !/\/events\b/.test(request.url()))
      open.add(request);
  });
  page.on("requestfinished", (request) => open.delete(request));
  page.on("requestfailed", (request) => open.delete(request));
  return async () => {
    await page.locator("h1").first().waitFor();
    for (let quiet = 0; quiet < 2; ) {
      const isLoading = await page.evaluate(FRAME);
      quiet = open.size === 0 && isLoading === false ? quiet + 1 : 0;
    }
  };
}
