/** An error blocks; reviewers answer a warning with a note; advice is for whoever reads it. */
export type CheckSeverity = "error" | "warning" | "advice";

/** What is always true of one check. */
export interface CheckFacts {
  /** As in the table of the programme, from 1 to 46. */
  readonly number: number;
  readonly id: string;
  readonly severity: CheckSeverity;
  readonly title: string;
  readonly why: string;
  readonly fix: string;
}

/** What a check could not find out here, and why: never the same as that nothing is wrong. */
export class NotRun {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** A sentence; with a severity where it is less than that of the check. */
export type Wrong = string | { readonly sentence: string; readonly severity: CheckSeverity };

/** One for each thing that is wrong; none if all is well. */
export type Finding = readonly Wrong[] | NotRun;

export interface Check<Subject> extends CheckFacts {
  readonly look: (subject: Subject) => Finding | Promise<Finding>;
}

export interface CheckResult extends CheckFacts {
  readonly state: "passed" | "failed" | "not run";
  readonly details: readonly string[];
}

/** One thing that is looked at by several checks: the file, or one of its images. */
export interface Looked<Subject> {
  /** What to call it in the details; empty where there is but one. */
  readonly name: string;
  readonly subject: Subject;
}

const DETAILS = 50;
const ORDER: readonly CheckSeverity[] = ["error", "warning", "advice"];

/** Has each check look at each of the subjects. It passed if it could look at all of them and found nothing. */
export async function runChecks<Subject>(
  checks: readonly Check<Subject>[],
  subjects: readonly Looked<Subject>[],
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) results.push(await runCheck(check, subjects));
  return results;
}

async function runCheck<Subject>(
  { look, ...facts }: Check<Subject>,
  subjects: readonly Looked<Subject>[],
): Promise<CheckResult> {
  const wrong: Exclude<Wrong, string>[] = [];
  const unseen: string[] = [];
  for (const { name, subject } of subjects) {
    const called = (sentence: string) => (name === "" ? sentence : `${name}: ${sentence}`);
    const found = await look(subject);
    if (found instanceof NotRun) unseen.push(called(found.why));
    else wrong.push(...found.map((one) => withSeverity(one, facts.severity, called)));
  }
  if (wrong.length > 0) return toFailure(facts, wrong);
  if (unseen.length > 0) return { ...facts, state: "not run", details: unseen.slice(0, DETAILS) };
  return { ...facts, state: "passed", details: [] };
}

function withSeverity(
  one: Wrong,
  severity: CheckSeverity,
  called: (sentence: string) => string,
): Exclude<Wrong, string> {
  if (typeof one === "string") return { sentence: called(one), severity };
  return { ...one, sentence: called(one.sentence) };
}

/** As bad as the worst that was found. */
function toFailure(facts: CheckFacts, wrong: readonly Exclude<Wrong, string>[]): CheckResult {
  const worst = ORDER.find((one) => wrong.some(({ severity }) => severity === one));
  const details = wrong.slice(0, DETAILS).map(({ sentence }) => sentence);
  return { ...facts, severity: worst ?? facts.severity, state: "failed", details };
}

/** All of them, with the reason why there was nothing to look at. */
export function withoutRunning(checks: readonly CheckFacts[], why: string): CheckResult[] {
  return checks.map(({ number, id, severity, title, why: matters, fix }) => ({
    ...{ number, id, severity, title, why: matters, fix },
    state: "not run",
    details: [why],
  }));
}
