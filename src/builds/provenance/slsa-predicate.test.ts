import { expect, test } from "vitest";
import type { Build } from "../builds-store.ts";
import { toSlsaPredicate } from "./slsa-predicate.ts";

test("provenance names the commit, the bases by their digests, and how well the build was kept apart", () => {
  const build = {
    ...{ id: 7, ref: "refs/heads/main", commit: "c".repeat(40), context: ".", rule: 0 },
    options: { args: { VERSION: "1.2" }, target: undefined, platforms: [], secrets: ["token"] },
    ...{ dockerfile: "Dockerfile", startedAt: new Date("2026-11-28T12:00:00Z") },
  } as unknown as Build;
  const made = toSlsaPredicate({
    ...{ build, origin: "https://git.example/acme/app.git", hub: "https://hub.example" },
    bases: [
      {
        ...{ reference: "hub.example/acme/base:1", platform: "linux/amd64" },
        digest: `sha256:${"a".repeat(64)}`,
      },
    ],
    builder: { id: "buildah", level: "contained" },
    ...{ finishedAt: new Date("2026-11-28T12:01:00Z"), platform: "linux/arm64" },
  });
  expect(JSON.stringify(made)).not.toContain("token");
  expect(made).toMatchObject({
    buildDefinition: {
      internalParameters: { platform: "linux/arm64" },
      externalParameters: {
        ref: "refs/heads/main",
        dockerfile: "Dockerfile",
        args: { VERSION: "1.2" },
      },
      resolvedDependencies: [
        {
          uri: "git+https://git.example/acme/app.git@refs/heads/main",
          digest: { gitCommit: "c".repeat(40) },
        },
        { uri: "docker://hub.example/acme/base:1", digest: { sha256: "a".repeat(64) } },
      ],
    },
    runDetails: {
      builder: { id: "https://hub.example/api/v1/builds#contained" },
      metadata: { invocationId: "https://hub.example/api/v1/builds/7" },
    },
  });
});
