/** What `berth` tells the script that called it. Scripts depend on these: a number is never given another meaning. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: "done, and nothing wrong was found" },
  failed: { code: 1, meaning: "findings to look at, or the work failed" },
  usage: { code: 2, meaning: "wrong arguments or configuration" },
  unreachable: { code: 3, meaning: "the hub cannot be reached" },
  /** As `docker scan` and its like end. */
  scanFailed: { code: 2, meaning: "of berth scan: the image could not be scanned" },
  nothingToScan: { code: 3, meaning: "of berth scan: there is nothing in it to scan" },
  interrupted: { code: 130, meaning: "stopped by Ctrl-C" },
} as const;

export type ExitReason = keyof typeof EXIT_CODES;
