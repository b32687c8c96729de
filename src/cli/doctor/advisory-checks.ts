import { ADVISORIES_PATH, advisoryStatus } from "../../contract/advisories.ts";
import { type Finding, reporterFor } from "./finding.ts";
import { type Patient, parseJson } from "./patient.ts";

const advisories = reporterFor("advisories");
/** Vendors fix and announce every day; a month is what scans should not be behind. */
const OLD_DAYS = 30;
const IMPORT =
  "berth advisories import DIRECTORY, or berth advisories update where feeds are configured";

/** How old what a hub knows of vulnerabilities is. Registries of others have none, and a hub that was given none says so in its scans. */
export async function checkAdvisories({ url, probe }: Patient): Promise<readonly Finding[]> {
  const answer = await probe.ask(new URL(ADVISORIES_PATH, url));
  const status = advisoryStatus.safeParse(parseJson(answer.text));
  if (answer.status !== 200 || !status.success || status.data.revision === null) return [];
  const { sources, feeds } = status.data;
  const failed = feeds.filter((feed) => feed.failed).map(({ name }) => name);
  const findings = describeAge(sources.flatMap(({ ageDays }) => ageDays ?? []));
  if (failed.length === 0) return findings;
  const cure = "berth advisories status on the hub's machine says why";
  return [
    ...findings,
    advisories.warn(`feeds that could not be taken: ${failed.join(", ")}`, cure),
  ];
}

function describeAge(ages: readonly number[]): readonly Finding[] {
  if (ages.length === 0) return [];
  const newest = Math.min(...ages);
  if (newest > OLD_DAYS)
    return [advisories.warn(`the newest advisories are ${newest} days old`, IMPORT)];
  return [advisories.ok(`${ages.length} feeds with a date, the newest ${newest} days old`)];
}
