import type { Scope } from "./retention.ts";
import { isBack } from "./use-away.ts";

export interface LiveEvent {
  readonly topic: string;
  /** Without it, something else, or somewhere in the hub. */
  readonly repository?: string;
  /** Where retention runs. */
  readonly scope?: Scope;
  /** Of an official image. */
  readonly submission?: number;
}

const PATH = "/api/v1/events";
/** What comes in that time is told together: a push is several events. */
const GATHER_MS = 300;
const REOPEN_MS = 1000;
const MOST_WAIT_MS = 30_000;

/** Tells what happens in the hub, see `hear`. */
export function hearEvents(heard: {
  readonly onEvents: (events: readonly LiveEvent[]) => void;
  readonly onGap: () => void;
}): () => void {
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let gathered: LiveEvent[] = [];
  const tell = () => {
    gathering = undefined;
    const events = gathered;
    gathered = [];
    heard.onEvents(events);
  };
  const stop = hear(PATH, {
    onMessage: (text) => {
      gathered.push(JSON.parse(text) as LiveEvent);
      gathering ??= setTimeout(tell, GATHER_MS);
    },
    onGap: heard.onGap,
  });
  return () => {
    clearTimeout(gathering);
    stop();
  };
}

/**
 * Tells what a stream of server-sent events says, until the returned function is called. Where nothing was heard for a while,
 * whatever happened then is not told: `onGap` is. A page that nobody sees does not listen, as browsers open few connections to
 * one hub over all their pages.
 */
export function hear(
  path: `/${string}` | (() => `/${string}`),
  heard: {
    readonly onMessage: (text: string, id: string) => void;
    readonly onGap?: () => void;
    /** By their names. */
    readonly others?: Readonly<Record<string, () => void>>;
  },
): () => void {
  let source: EventSource | undefined;
  let opening: ReturnType<typeof setTimeout> | undefined;
  let hasGap = false;
  let wait = REOPEN_MS;

  const close = () => {
    clearTimeout(opening);
    source?.close();
    source = undefined;
  };
  const open = () => {
    close();
    source = new EventSource(typeof path === "string" ? path : path());
    source.onopen = () => {
      wait = REOPEN_MS;
      if (hasGap) heard.onGap?.();
      hasGap = false;
    };
    source.onmessage = ({ data, lastEventId }: MessageEvent<string>) =>
      heard.onMessage(data, lastEventId);
    for (const [name, onEvent] of Object.entries(heard.others ?? {}))
      source.addEventListener(name, onEvent);
    source.onerror = () => {
      hasGap = true;
      void isBack();
      // A browser connects again where the stream broke off, and gives up where it was refused.
      if (source?.readyState !== EventSource.CLOSED) return;
      opening = setTimeout(open, wait);
      wait = Math.min(wait * 2, MOST_WAIT_MS);
    };
  };
  const look = () => {
    if (document.hidden) {
      hasGap = true;
      close();
    } else if (source === undefined) open();
  };
  look();
  document.addEventListener("visibilitychange", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    close();
  };
}
