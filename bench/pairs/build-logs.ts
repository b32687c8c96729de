import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { logInBrowser, startChromium, visit } from "../../test/harness/chromium.ts";
import { type Hub, isQuick, quantile, ROOT } from "./pair.ts";

const TARGET_SECONDS = 1;
const LINES = isQuick ? 10 : 60;
/** No multiple of how often the hub looks, so that lines come at every moment between two looks. */
const EVERY_MICROSECONDS = 230_000;
/** A build writes how long the machine has been up, which is the same inside and outside of it, in hundredths of a second. */
const LINE = /written at (\d+\.\d+)/g;
const LOOP = `i=0; while [ $i -lt ${LINES} ]; do read up rest </proc/uptime; echo written at $up; i=$((i+1)); /bin/busybox usleep ${EVERY_MICROSECONDS}; done`;

interface LogWish {
  /** Pushes what the source then holds, and answers the number of the build. */
  readonly begin: () => Promise<number>;
  readonly source: string;
}

/** From a line written in a build until a reader has it: a program that reads events, and a page in a browser. */
export async function measureLogs(hub: Hub, wish: LogWish): Promise<boolean> {
  const lines = ["FROM scratch", "COPY busybox /bin/busybox"];
  const step = JSON.stringify(["/bin/busybox", "sh", "-c", LOOP]);
  await writeFile(join(wish.source, "Dockerfile"), `${[...lines, `RUN ${step}`].join("\n")}\n`);
  await using chromium = await startChromium();
  await using visitor = await visit(chromium, hub.origin);
  await logInBrowser(visitor, hub.origin, ROOT);
  const id = await wish.begin();
  const [events, page] = await Promise.all([readEvents(hub, id), watchPage(visitor.page, id)]);
  console.log("\n| from a line that a build writes until it is there | median | worst | target |");
  console.log("|---|---|---|---|");
  const isOneMissed = report(`in events, ${events.length} lines`, events);
  return report(`on the page, ${page.length} lines`, page) || isOneMissed;
}

function report(title: string, seconds: readonly number[]): boolean {
  const worst = Math.max(...seconds);
  const isMet = seconds.length >= LINES / 2 && worst <= TARGET_SECONDS;
  const say = (value: number) => `**${value.toFixed(2)} s**`;
  const target = `<= ${TARGET_SECONDS} s ${isMet ? "✓" : "✗"}`;
  console.log(`| ${[title, say(quantile(seconds, 0.5)), say(worst), target].join(" | ")} |`);
  return !isMet;
}

function readUptime(): number {
  return Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]);
}

async function readEvents(hub: Hub, id: number): Promise<number[]> {
  const headers = { accept: "text/event-stream", authorization: hub.rootAuthorization };
  const answer = await fetch(`${hub.origin}/api/v1/builds/${id}/log`, { headers });
  if (!answer.ok || answer.body === null) throw new Error(`the log answered ${answer.status}`);
  const ages: number[] = [];
  const openedAt = readUptime();
  let rest = "";
  for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
    const now = readUptime();
    const text = rest + piece;
    const end = text.lastIndexOf("\n") + 1;
    for (const [, at] of text.slice(0, end).matchAll(LINE))
      if (Number(at) > openedAt) ages.push(now - Number(at));
    rest = text.slice(end);
  }
  return ages;
}

type Page = Awaited<ReturnType<typeof visit>>["page"];

/** What stands in the log is looked at after each frame that the browser draws. */
async function watchPage(page: Page, id: number): Promise<number[]> {
  await page.goto(`/build/${id}`);
  await page.getByRole("log").waitFor();
  const openedAt = readUptime();
  const bootedAt = Date.now() / 1000 - readUptime();
  const seen = (await page.evaluate(`new Promise((resolve) => {
    const seen = new Map();
    const look = () => {
      const text = document.querySelector('[role="log"]')?.textContent ?? "";
      for (const [, at] of text.matchAll(${LINE})) if (!seen.has(at)) seen.set(at, Date.now() / 1000);
      if (seen.size < ${LINES}) requestAnimationFrame(look);
      else resolve([...seen]);
    };
    look();
  })`)) as [string, number][];
  // What stood there before it was opened tells nothing.
  const after = seen.filter(([at]) => Number(at) > openedAt);
  return after.map(([at, then]) => then - bootedAt - Number(at));
}
