import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { Journal, Principal } from "../../../access/index.ts";
import type { CheckResult } from "../checks/check.ts";
import { findImage } from "../images-store.ts";
import type { OfficialTables } from "../official-tables.ts";
import {
  moveSubmission,
  type StagedImage,
  type StagedIndex,
  type Submission,
} from "../submissions-store.ts";

/** What the hub does by itself has no other author. */
export const HUB: Principal = { kind: "robot", name: "berth" };
export const NO_ORIGIN = { address: "", client: "" };

interface FinishDeps {
  readonly journal: Journal;
  readonly clock: () => Date;
}

/** Ready for its reviewers, or back to its author, as the checks say. False if it is not being checked any more. */
export async function finishChecks(
  { journal, clock }: FinishDeps,
  trx: Kysely<OfficialTables>,
  wish: {
    readonly submission: Pick<Submission, "id" | "name">;
    readonly checks: readonly CheckResult[];
    readonly images: readonly StagedImage[];
    readonly indexes: readonly StagedIndex[];
  },
): Promise<boolean> {
  const { submission, checks, images, indexes } = wish;
  const { id, name } = submission;
  const failed = checks.filter(({ state, severity }) => state === "failed" && severity === "error");
  const isReady = failed.length === 0 && images.length > 0;
  const numbers = failed.map(({ number }) => number).join(", ");
  const nothing = "none of its entries is for an architecture that this instance builds";
  const why = failed.length > 0 ? `it fails the checks ${numbers}` : nothing;
  const digest = isReady ? digestOf([...images, ...indexes].map((one) => one.digest)) : null;
  const to = isReady ? "ready" : "changes requested";
  const isMoved = await moveSubmission(trx, {
    ...{ id, from: ["checking"], to, now: clock(), why: isReady ? undefined : why },
    set: {
      ...{ checks: JSON.stringify(checks), images: JSON.stringify(images), digest },
      indexes: JSON.stringify(indexes),
      compared_with: (await findImage(trx, name))?.submissionId ?? null,
    },
  });
  if (!isMoved) return false;
  await journal.record(trx, {
    ...{ action: "official.checks.end", by: HUB, origin: NO_ORIGIN, account: "library" },
    name: `library/${name}`,
    after: { submission: id, ...(isReady ? { digest } : { why }) },
  });
  return true;
}

/** Of everything that was built, whichever order. */
function digestOf(digests: readonly string[]): string {
  const hash = createHash("sha256").update(digests.toSorted().join("\n")).digest("hex");
  return `sha256:${hash}`;
}
