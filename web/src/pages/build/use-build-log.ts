import { useEffect, useState } from "react";
import { logPath } from "../../api/builds.ts";
import { hear } from "../../api/hear-events.ts";

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

const NOTHING: LogState = { text: "", isCut: false, isEnded: false };

/** The log as it is printed. It goes on where it was when the hub is back, and begins anew when the build does. */
export function useBuildLog(id: number): LogState {
  const [log, setLog] = useState(NOTHING);
  useEffect(() => {
    let last = "";
    const stop = hear(() => logPath(id, last), {
      onMessage: (text, place) => {
        last = place;
        setLog((now) => add(now, `${text.replace(TERMINAL, "")}\n`));
      },
      others: {
        anew: () => setLog(NOTHING),
        end: () => {
          stop();
          setLog((now) => ({ ...now, isEnded: true }));
        },
      },
    });
    return stop;
  }, [id]);
  return log;
}

function add({ text, isCut, isEnded }: LogState, more: string): LogState {
  const whole = text + more;
  if (whole.length <= KEPT_CHARACTERS) return { text: whole, isCut, isEnded };
  const rest = whole.slice(-KEPT_CHARACTERS);
  return { text: rest.slice(rest.indexOf("\n") + 1), isCut: true, isEnded };
}
