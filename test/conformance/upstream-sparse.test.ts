import { describe } from "vitest";
import { hubForThisFile } from "./hub-target.ts";
import { createCheck } from "./target.ts";
import { describeUpstreamBlobs } from "./upstream-blobs.suite.ts";
import { describeUpstreamData } from "./upstream-data.suite.ts";

/** As the specification's own suite runs with OCI_VERSION=dev and OCI_DATA_SPARSE=true. */
describe("a hub that takes manifests whose content is missing", () => {
  const target = hubForThisFile({
    settings: { "manifests.missingBlobs": "accept" },
  });
  const suite = { check: createCheck(), target };
  describeUpstreamBlobs(suite);
  describeUpstreamData({ ...suite, isSparse: true });
});
