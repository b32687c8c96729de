import { useEffect, useState } from "react";
import { logPath } from "../../api/builds.ts";

/** What a page holds of a log; the whole of it is a link away. */
const KEPT_CHARACTERS = 500_000;
const ESCAPE = String.fromCharCode(27);
/** Colors and cursors of terminals. */
const TERMINAL = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, "g");

export interface LogState {
  readonly text: string;
  readonly isCut: boolean;
  readonly isEnded: boolean;
}

/** The log as it is printed. The browser connects again by itself, and goes on where it was. */
export function useBuildLog(id: number): LogState {
  const [log, setLog] = useState<LogState>({ text: "", isCut: false, isEnded: false });
  useEffect(() => {
    const source = new EventSource(logPath(id));
    source.onmessage = ({ data }: MessageEvent<string>) =>
      setLog((now) => add(now, `${data.replace(TERMINAL, "")}\n`));
    source.addEventListener("end", () => {
      source.close();
      setLog((now) => ({ ...now, isEnded: true }));
    });
    return () => source.close();
  }, [id]);
  return log;
}

function add({ text, isCut, isEnded }: LogState, more: string): LogState {
  const whole = text + more;
  if (whole.length <= KEPT_CHARACTERS) return { text: whole, isCut, isEnded };
  const rest = whole.slice(-KEPT_CHARACTERS);
  return { text: rest.slice(rest.indexOf("\n") + 1), isCut: true, isEnded };
}
