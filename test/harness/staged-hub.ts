import type { Browser } from "playwright-core";
import type { Staged } from "../../web/src/page-list.ts";
import { startChromium } from "./chromium.ts";
import { done, ROOT } from "./hub-api.ts";
import { startReceiver } from "./receiver.ts";
import { startScanningHub } from "./scanning-hub.ts";
import { STAGE_SETTINGS, stageNamespace } from "./staged-namespace.ts";

type ScanningHub = Awaited<ReturnType<typeof startScanningHub>>;

export interface StagedHub extends AsyncDisposable {
  readonly hub: ScanningHub;
  readonly chromium: Browser;
  readonly staged: Staged;
}

/** A hub with something on every page, and a browser to look at it. */
export async function startStagedHub(wish: {
  readonly organization: string;
  readonly vulnerability: string;
  /** What somebody writes where there is room for a text of this kind. */
  readonly words: (what: string) => string;
  /** What receivers of webhooks answer. */
  readonly receiver?: Parameters<typeof startReceiver>[0];
  /** What is there beside, and before. */
  readonly prepare: (hub: ScanningHub) => Promise<void>;
}): Promise<StagedHub> {
  await using starting = new AsyncDisposableStack();
  const [hub, chromium] = await Promise.all([
    startScanningHub({ settings: STAGE_SETTINGS }),
    startChromium(),
  ]);
  starting.use(hub);
  starting.defer(() => chromium.close());
  const receiver = starting.use(await startReceiver(wish.receiver));
  await done(hub.push(ROOT, "library/busybox:1") as never);
  await wish.prepare(hub);
  const staged = await stageNamespace(hub, { ...wish, receiver: receiver.url });
  const stack = starting.move();
  return { hub, chromium, staged, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
