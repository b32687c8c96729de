import { expect, test } from "vitest";
import type { Principal } from "../../../access/index.ts";
import type { Digest } from "../../../oci/digest.ts";
import type { Repository } from "../../../repositories/index.ts";
import type { BuildClaim } from "../../provenance/attest-build.ts";
import type { SubmissionId } from "../official-tables.ts";
import { attestImage, type MadeImage } from "./attest-image.ts";

const hex = (digit: string) => digit.repeat(64);
const BASE = { reference: "docker.io/library/debian:13", platform: "linux/amd64" };

function image(architecture: string, platform: string, digit: string): MadeImage {
  const place = { gitRepo: "https://example.com/a.git", gitFetch: "refs/heads/main" };
  return {
    ...{ mediaType: "m", size: 1, digest: `sha256:${hex(digit)}`, platform },
    source: {
      ...{ ...place, architecture, gitCommit: hex("c").slice(24), builder: "" },
      ...{ directory: architecture, file: "Dockerfile" },
    },
    bases: [{ ...BASE, digest: `sha256:${hex("b")}` }],
  };
}

async function attested(images: readonly MadeImage[]): Promise<BuildClaim> {
  const claims: BuildClaim[] = [];
  await attestImage(
    {
      ...{ hubUrl: "https://hub.example", clock: () => new Date(0) },
      attest: async (claim) => void claims.push(claim),
      builder: {
        id: "buildah",
        probe: async () => ({
          ...{ isFine: true, checks: [], level: "contained", features: new Set(), why: undefined },
        }),
      },
    },
    { id: 7 as SubmissionId, name: "hello", author: { kind: "user", name: "ann" } as Principal },
    {
      repository: {} as Repository,
      subject: { mediaType: "i", digest: `sha256:${hex("9")}` as Digest, size: 2 },
      images,
    },
  );
  const [claim] = claims;
  if (claim === undefined) throw new Error("nothing was attested");
  return claim;
}

const amd64 = image("amd64", "linux/amd64", "1");
const arm64 = image("arm64v8", "linux/arm64", "2");
const dependencies = [
  {
    uri: "git+https://example.com/a.git@refs/heads/main",
    digest: { gitCommit: hex("c").slice(24) },
  },
  {
    uri: "docker://docker.io/library/debian:13",
    ...{ digest: { sha256: hex("b") }, annotations: { platform: "linux/amd64" } },
  },
];

test("provenance of an image names its sources, its Dockerfile and its bases", async () => {
  const { predicate } = await attested([amd64]);
  expect(predicate).toMatchObject({
    buildDefinition: {
      externalParameters: {
        ...{ image: "hello", architecture: "amd64", context: "amd64", dockerfile: "Dockerfile" },
        ...{ source: "git+https://example.com/a.git", ref: "refs/heads/main" },
      },
      internalParameters: { builder: "buildah", isolation: "contained", platform: "linux/amd64" },
      resolvedDependencies: dependencies,
    },
  });
});

test("provenance of an index says of each image what it was built from, and names what they share once", async () => {
  const { predicate, subject } = await attested([amd64, arm64]);
  expect(subject.digest).toBe(`sha256:${hex("9")}`);
  expect(predicate).toMatchObject({
    buildDefinition: {
      externalParameters: {
        image: "hello",
        images: [{ context: "amd64" }, { context: "arm64v8", architecture: "arm64v8" }],
      },
      internalParameters: {
        images: [
          { platform: "linux/amd64", digest: { sha256: hex("1") } },
          { platform: "linux/arm64", digest: { sha256: hex("2") } },
        ],
      },
      resolvedDependencies: dependencies,
    },
    runDetails: {
      metadata: { invocationId: "https://hub.example/api/v1/official/submissions/7" },
    },
  });
});

test("provenance of what was imported claims no build of it, and says where it lies", async () => {
  const { source, ...made } = amd64;
  const imported = { ...made, bases: [], source: { ...source, builder: "oci-import" } };
  const { predicate } = await attested([imported]);
  expect(predicate).toMatchObject({
    buildDefinition: {
      externalParameters: {
        ...{ image: "hello", architecture: "amd64", source: "git+https://example.com/a.git" },
        imported: { layout: "amd64", file: "Dockerfile" },
      },
      internalParameters: { builder: "oci-import", platform: "linux/amd64", isolation: undefined },
      resolvedDependencies: dependencies.slice(0, 1),
    },
    runDetails: { builder: { id: "https://hub.example/api/v1/builds#imported" } },
  });
  const { predicate: mixed } = await attested([imported, arm64]);
  expect(mixed).toMatchObject({
    buildDefinition: {
      externalParameters: {
        images: [{ imported: { layout: "amd64" } }, { dockerfile: "Dockerfile" }],
      },
      internalParameters: { builder: "buildah", isolation: "contained" },
    },
  });
});
