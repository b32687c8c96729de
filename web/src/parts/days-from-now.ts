const DAY_MS = 86_400_000;

/** As the hub writes times. */
export function daysFromNow(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}
