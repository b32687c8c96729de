import { describeBlobPush } from "./blob-push.suite.ts";
import { describeBounds } from "./bounds.suite.ts";
import { describeChunkedPush } from "./chunked-push.suite.ts";
import { describeDeletion } from "./deletion.suite.ts";
import { describeDiscovery } from "./discovery.suite.ts";
import { describeErrors } from "./errors.suite.ts";
import { describeManifestPush } from "./manifest-push.suite.ts";
import { describeNames } from "./names.suite.ts";
import { describePull } from "./pull.suite.ts";
import { createCheck, type Target } from "./target.ts";
import { describeUpstreamBlobs } from "./upstream-blobs.suite.ts";
import { describeUpstreamData } from "./upstream-data.suite.ts";

/**
 * The distribution API as the checklist in README.md states it, case by case, against any registry. A registry that is
 * known to fail some of them is held to exactly that: tests named in `knownFailures` have to fail.
 */
export function describeDistributionApi(
  target: () => Target,
  knownFailures?: ReadonlySet<string>,
): void {
  const suite = { check: createCheck(knownFailures), target };
  describeNames(suite);
  describePull(suite);
  describeBlobPush(suite);
  describeChunkedPush(suite);
  describeManifestPush(suite);
  describeDiscovery(suite);
  describeDeletion(suite);
  describeErrors(suite);
  describeBounds(suite);
  describeUpstreamBlobs(suite);
  describeUpstreamData({ ...suite, isSparse: false });
}
