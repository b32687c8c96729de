import { Cron } from "croner";
import { BuildRuleError } from "./build-rule-error.ts";

/** Minute, hour, day, month, day of the week; in UTC. */
const FIELDS = /^(?:[\w*/,#L-]+ ){4}[\w*/,#L-]+$/;

/** When a schedule is due next; undefined for never again. Throws BuildRuleError. */
export function nextTimeOf(schedule: string, after: Date): Date | undefined {
  const text = schedule.trim().replace(/\s+/g, " ");
  if (!FIELDS.test(text))
    throw new BuildRuleError(
      `${JSON.stringify(schedule)} is no schedule: write five fields, such as "0 3 * * 1"`,
    );
  try {
    return (
      new Cron(text, { timezone: "UTC", mode: "5-part", paused: true }).nextRun(after) ?? undefined
    );
  } catch (cause) {
    if (cause instanceof BuildRuleError) throw cause;
    throw new BuildRuleError(`${JSON.stringify(schedule)} is no schedule`, { cause });
  }
}
