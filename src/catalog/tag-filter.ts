import type { z } from "zod";
import type { tagRow, tagsQuery } from "../contract/catalog.ts";

type Row = z.input<typeof tagRow>;
type Filter = Pick<z.output<typeof tagsQuery>, "architecture" | "findings" | "signed">;

/** Whether a tag is one of those that were asked for, by what is in it: no index knows that. */
export function fitsTag(row: Row, { architecture, findings, signed }: Filter): boolean {
  if (architecture !== undefined && !runsOn(row, architecture)) return false;
  if (signed !== undefined && row.signatures > 0 !== (signed === "yes")) return false;
  return findings === undefined || hasFindings(row, findings);
}

/** `arm` is every variant of it, `arm/v7` that one. */
function runsOn({ platforms }: Row, architecture: string): boolean {
  return platforms.some(({ platform }) => {
    const [, ...parts] = platform.split("/");
    return `${parts.join("/")}/`.startsWith(`${architecture}/`);
  });
}

function hasFindings({ findings }: Row, wish: NonNullable<Filter["findings"]>): boolean {
  const counts = findings?.counts ?? {};
  const isKnown = findings?.state === "done" || findings?.state === "nothing";
  switch (wish) {
    case "critical":
      return (counts.critical ?? 0) > 0;
    case "high":
      return (counts.critical ?? 0) + (counts.high ?? 0) > 0;
    case "none":
      return isKnown && Object.values(counts).every((count) => count === 0);
    case "unknown":
      return !isKnown;
  }
}
