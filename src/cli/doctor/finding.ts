/** Whether there is something to do about it: a failure keeps docker from working, a warning will or may. */
export type FindingState = "ok" | "warn" | "fail";

/** One thing that was looked at. Never holds a secret. */
export interface Finding {
  readonly check: string;
  readonly state: FindingState;
  /** What was seen. */
  readonly seen: string;
  /** What to do: commands and lines of configuration that can be copied. */
  readonly cure?: string;
}

/** The findings of one kind of check. */
export function reporterFor(check: string) {
  return {
    ok: (seen: string): Finding => ({ check, state: "ok", seen }),
    warn: (seen: string, cure: string): Finding => ({ check, state: "warn", seen, cure }),
    fail: (seen: string, cure: string): Finding => ({ check, state: "fail", seen, cure }),
  };
}
