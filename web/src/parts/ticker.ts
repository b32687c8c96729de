type Page = Pick<Document, "hidden" | "addEventListener" | "removeEventListener">;

/** A minute begins at most that late; every second would make a page restless. */
const TICK_MS = 10_000;

/**
 * Calls everybody who subscribes as time goes on: by one timer for all of them, by none where there is nobody, and not while the
 * page is hidden, but at once when it is seen again.
 */
export function createTicker(page: Page) {
  const subscribers = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;

  const tick = () => {
    for (const call of subscribers) call();
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };
  const look = () => {
    if (page.hidden) return stop();
    if (timer !== undefined) return;
    timer = setInterval(tick, TICK_MS);
    tick();
  };
  return {
    subscribe(call: () => void): () => void {
      if (subscribers.size === 0) {
        page.addEventListener("visibilitychange", look);
        look();
      }
      subscribers.add(call);
      return () => {
        subscribers.delete(call);
        if (subscribers.size > 0) return;
        page.removeEventListener("visibilitychange", look);
        stop();
      };
    },
  };
}
