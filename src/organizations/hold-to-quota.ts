import type { OpenTransaction } from "../access/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { By } from "./organizations.ts";

interface Addition extends By {
  /** What is to be there. */
  readonly name: RepositoryName;
  /** What it was called before, if it only moves. */
  readonly from?: RepositoryName;
}

/** Does what adds a repository to a namespace, within its transaction. Throws QUOTA_EXCEEDED. */
export type HoldToQuota = (
  trx: OpenTransaction,
  addition: Addition,
  work: () => Promise<void>,
) => Promise<void>;
