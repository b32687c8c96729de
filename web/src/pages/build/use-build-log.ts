import { useEffect, useState } from "react";
import { logPath } from "../../api/builds.ts";

/** What a page holds of a log; the whole of it is a link away. */
const KEPT_CHARACTERS = 500_000;
const ESCAPE = String.fromCharCode(27);
/** Colors and cursors of terminals. */
const TERMINAL = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, "g");

const REOPEN_MS = 1000;
const MOST_WAIT_MS = 30_000;

export interface LogState {
  readonly text: string;
  readonly isCut: boolean;
  readonly isEnded: boolean;
}

const NOTHING: LogState = { text: "", isCut: false, isEnded: false };

/**
 * The log as it is printed. A browser connects again where the stream broke off, and goes on where it was; where it was refused, by a
 * proxy whose hub is away, it gives up: then the log is read from its beginning.
 */
export function useBuildLog(id: number): LogState {
  const [log, setLog] = useState<LogState>(NOTHING);
  useEffect(() => {
    let source: EventSource;
    let opening: ReturnType<typeof setTimeout> | undefined;
    let wait = REOPEN_MS;
    const open = () => {
      source = new EventSource(logPath(id));
      setLog(NOTHING);
      source.onmessage = ({ data }: MessageEvent<string>) => {
        wait = REOPEN_MS;
        setLog((now) => add(now, `${data.replace(TERMINAL, "")}\n`));
      };
      source.onerror = ({ currentTarget }) => {
        if ((currentTarget as EventSource).readyState !== EventSource.CLOSED) return;
        opening = setTimeout(open, wait);
        wait = Math.min(wait * 2, MOST_WAIT_MS);
      };
      source.addEventListener("end", () => {
        source.close();
        setLog((now) => ({ ...now, isEnded: true }));
      });
    };
    open();
    return () => {
      clearTimeout(opening);
      source.close();
    };
  }, [id]);
  return log;
}

function add({ text, isCut, isEnded }: LogState, more: string): LogState {
  const whole = text + more;
  if (whole.length <= KEPT_CHARACTERS) return { text: whole, isCut, isEnded };
  const rest = whole.slice(-KEPT_CHARACTERS);
  return { text: rest.slice(rest.indexOf("\n") + 1), isCut: true, isEnded };
}
