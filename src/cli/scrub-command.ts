import { z } from "zod";
import { OPERATION_PATHS, type ScrubEvent, scrubEvent } from "../contract/operations.ts";
import { formatBytes } from "../lib/byte-size.ts";
import type { Command } from "./command.ts";
import { followOperation } from "./follow-operation.ts";
import { addConnectionOptions, connect } from "./hub-connection.ts";

const MEBIBYTE = 1024 * 1024;

const scrubOptions = z.object({
  json: z.boolean().default(false),
  rate: z.coerce.number<string>("--rate takes a number of MiB per second").positive().optional(),
});

type ScrubFinding = Extract<ScrubEvent, { type: "item" }>;
type ScrubReport = Extract<ScrubEvent, { type: "report" }>;

export const scrubCommand: Command = {
  name: "scrub",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("read every blob again and compare it with its digest")
      .description(
        "Reads every blob again and compares it with its digest, while the hub goes on serving.\n" +
          "What is rotten is set aside, so that it is never served, and healed by the next push of the same content.\n" +
          "Ends with 1 when it found something.",
      )
      .option("--rate <MiB/s>", "read no faster than this (default: the hub's configuration)"),
  run: async (invocation) => {
    const { json, rate } = scrubOptions.parse(invocation.options);
    await using hub = await connect(invocation);
    const events = hub.stream({
      path: OPERATION_PATHS.scrub,
      body: rate === undefined ? {} : { bytesPerSecond: Math.ceil(rate * MEBIBYTE) },
      event: scrubEvent,
    });
    const report = await followOperation(events, {
      terminal: invocation.terminal,
      json,
      label: "read",
      describe: (event) => (event.type === "item" ? describeFinding(event) : describeReport(event)),
    });
    return report.rotten + report.missing + report.unreadable > 0 ? "failed" : "ok";
  },
};

function describeFinding({ finding, digest, bytes, why }: ScrubFinding): string {
  return `${finding}: ${digest} (${formatBytes(bytes)}): ${why}`;
}

function describeReport({ examined, bytes, rotten, missing, unreadable }: ScrubReport): string {
  return `${examined} blobs read (${formatBytes(bytes)}): ${rotten} rotten, ${missing} missing, ${unreadable} unreadable`;
}
