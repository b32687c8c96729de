import type { DeedName } from "../../../src/contract/deeds.ts";
import { buildActions } from "./build-actions.ts";
import { contentActions } from "./content-actions.ts";
import { officialActions } from "./official-actions.ts";
import { organizationActions } from "./organization-actions.ts";
import { lastActions, personActions } from "./person-actions.ts";
import type { PrivilegedAction } from "./privileged-action.ts";
import { tagActions } from "./tag-actions.ts";
import { trustActions } from "./trust-actions.ts";
import { vexActions } from "./vex-actions.ts";

/** One of each kind, in an order in which each finds what it needs; `word` makes their names this pass's own. */
export function privilegedActions(word: string): readonly PrivilegedAction[] {
  return [
    ...personActions(word),
    ...organizationActions(word),
    ...contentActions(word),
    ...buildActions(word),
    ...tagActions(word),
    ...vexActions(word),
    ...officialActions(word),
    ...trustActions(word),
    ...lastActions(word),
  ];
}

/** What the audit trail tells of without a row here, and why. */
export const ELSEWHERE: Partial<Readonly<Record<DeedName, string>>> = {
  "account.password.reset.request":
    "a letter to who forgot the password, written by a job: password-reset.test.ts kills nothing, and a kill loses or sends one letter",
  "repo.build.cache.clear":
    "of layers, which take a builder: builds.test.ts; one column beside its entry, build-caches.test.ts for what comes after",
  "repo.build.cancel":
    "of a build, which takes a builder: builds.test.ts; one row beside its entry",
  "repo.build.source.add":
    "takes a hub that builds: build-sources.test.ts; one row beside its entry",
  "repo.build.source.remove": "as repo.build.source.add; its rows go beside the entry",
  "repo.build.retry":
    "of a build, which takes a builder that went away: builds.test.ts; one row beside its entry",
  "repo.build.start":
    "takes a push of git: builds.test.ts; rows beside their entries, in one transaction",
  "official.check": "takes a builder: official.test.ts; one row beside its entry",
  "official.attention": "takes advisories: official-bases.test.ts; one row beside its entry",
  "official.checks.end": "takes a builder: official.test.ts; one row beside its entry",
  "official.image.status":
    "of what was published, which takes a builder: official.test.ts; one row beside its entry",
  "official.note": "of what was built: official.test.ts; one row beside its entry",
  "official.publish":
    "takes a builder: official.test.ts; tags, documentation, rows and the entry are one transaction",
  "official.review": "of what was built: official.test.ts; rows beside their entry",
  "official.submit": "takes a builder: official.test.ts; one row beside its entry",
  "official.withdraw": "of a submission, which takes a builder: one row beside its entry",
  "retention.remove": "steps of a run: retention.test.ts",
  "retention.restore": "steps of an undoing: retention.test.ts",
  "retention.run.cancel":
    "of a run that goes on, which ends before it could be seen here: one column beside the entry",
  "webhook.replay": "webhook-replay.test.ts",
  "workload.login": "gives no right, and keeps nothing but its entry",
};
