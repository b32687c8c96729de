import { createHash } from "node:crypto";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeTempDirectory, type TempDirectory } from "../../../../test/harness/temp-directory.ts";
import type { OutboundClient } from "../../../platform/outbound/index.ts";
import { BuildFailed } from "../build-failed.ts";
import { BaseFolders } from "./base-folder.ts";
import { type BasesDeps, mayUseBase, prepareBases } from "./prepare-bases.ts";

const MANIFEST = Buffer.from('{"schemaVersion":2}');
const DIGEST = `sha256:${createHash("sha256").update(MANIFEST).digest("hex")}`;

let home: TempDirectory;
beforeEach(async () => {
  home = await makeTempDirectory("bases");
});
afterEach(() => home[Symbol.asyncDispose]());

/** Registries in which every image is the same, and who was asked for what. */
function openRegistries(change: Partial<BasesDeps<string>> = {}) {
  const asked: string[] = [];
  const clientOf = (name: string): Pick<OutboundClient, "open"> => ({
    open: async ({ url }) => {
      asked.push(`${name} ${url}`);
      const body = (async function* () {
        yield MANIFEST;
      })();
      return { status: 200, headers: {}, body };
    },
  });
  const deps: BasesDeps<string> = {
    ...{
      folders: new BaseFolders(join(home.path, "bases"), 1024),
      registries: ["http://named.corp"],
    },
    ...{ ownHosts: new Set(["hub.example.com"]), reachesPublic: true },
    ...{ client: clientOf("named"), others: clientOf("public") },
    openOwn: async (repository, by) => {
      asked.push(`${by} own ${repository}`);
      if (repository === "acme/secret")
        throw new BuildFailed(`${by} may not pull it: it is private`);
      return {
        readManifest: async () => ({ bytes: MANIFEST, mediaType: undefined }),
        openBlob: () => Promise.reject(new Error("only looked up")),
      };
    },
    issueToken: async (by, repositories) => ({
      text: `${by}: ${repositories.join(" ")}`,
      lifetimeSeconds: 60,
    }),
    ...change,
  };
  return { deps, asked };
}

async function prepare(deps: BasesDeps<string>, lines: readonly string[]) {
  await writeFile(join(home.path, "Dockerfile"), lines.join("\n"));
  using held = new DisposableStack();
  return await prepareBases(deps, {
    ...{ source: home.path, dockerfile: "Dockerfile", args: { TAG: "3" }, by: "alice" },
    ...{ platforms: ["linux/amd64", "linux/arm64"], limitBytes: 1024, held, arePinned: true },
    signal: new AbortController().signal,
  });
}

test("a builder that pulls by itself is told by digest what was looked up", async () => {
  const { deps, asked } = openRegistries();
  const { bases, dockerfileText, pinned } = await prepare(deps, [
    "ARG TAG=1",
    "FROM hub.example.com/acme/base:$TAG AS make",
    "FROM debian",
    "COPY --from=named.corp/tools:2 /a /a",
    "COPY --from=make /b /b",
    "FROM hub.example.com/acme/base:$TAG",
  ]);
  expect(bases).toEqual([]);
  expect(dockerfileText?.split("\n")).toEqual([
    "ARG TAG=1",
    `FROM hub.example.com/acme/base@${DIGEST} AS make`,
    `FROM docker.io/library/debian@${DIGEST}`,
    `COPY --from=named.corp/tools@${DIGEST} /a /a`,
    "COPY --from=make /b /b",
    `FROM hub.example.com/acme/base@${DIGEST}`,
  ]);
  expect(asked).toEqual([
    "alice own acme/base",
    "public https://registry-1.docker.io/v2/library/debian/manifests/latest",
    "named http://named.corp/v2/tools/manifests/2",
  ]);
  const references = [
    "hub.example.com/acme/base:3",
    "docker.io/library/debian:latest",
    "named.corp/tools:2",
  ];
  expect(pinned?.bases).toEqual(
    references.flatMap((reference) =>
      ["linux/amd64", "linux/arm64"].map((platform) => ({ reference, platform, digest: DIGEST })),
    ),
  );
});

test("there is a token for each image of this hub that a build is based on, and for no other", async () => {
  const { deps } = openRegistries();
  const { pinned } = await prepare(deps, ["FROM hub.example.com/acme/base", "FROM debian"]);
  expect(await pinned?.findToken("hub.example.com", "acme/base")).toMatchObject({
    text: "alice: acme/base",
  });
  expect(await pinned?.findToken("hub.example.com", "acme/other")).toBeUndefined();
  expect(await pinned?.findToken("docker.io", "library/debian")).toBeUndefined();
});

test("what who builds may not pull is not looked up for a builder either", async () => {
  const { deps } = openRegistries();
  await expect(prepare(deps, ["FROM hub.example.com/acme/secret:1"])).rejects.toThrow(
    "hub.example.com/acme/secret:1 cannot be built on: alice may not pull it: it is private",
  );
});

test("where builds are not trusted, only registries that an administrator named will do", async () => {
  const { deps, asked } = openRegistries({ reachesPublic: false });
  await expect(prepare(deps, ["FROM debian"])).rejects.toThrow(/docker\.io is not a registry/);
  expect(asked).toEqual([]);
  expect(mayUseBase(deps, "docker.io/library/debian:latest")).toBe(false);
  expect(mayUseBase({ ...deps, reachesPublic: true }, "docker.io/library/debian:latest")).toBe(
    true,
  );
});

test("a builder that pulls by itself finds the hub's images where they are, whatever they are called", async () => {
  const ownHosts = new Set(["hub.example.com", "docker.io"]);
  const { deps, asked } = openRegistries({ ownHosts, pullHost: "hub.example.com" });
  const { dockerfileText, pinned } = await prepare(deps, ["FROM debian:12"]);
  expect(dockerfileText).toBe(`FROM hub.example.com/library/debian@${DIGEST}`);
  expect(asked).toEqual(["alice own library/debian"]);
  expect(pinned?.bases[0]).toMatchObject({ reference: "docker.io/library/debian:12" });
});

test("images that were pulled can be read by the user that builds are", async () => {
  const config = { digest: DIGEST, size: MANIFEST.length, mediaType: "application/json" };
  const manifest = { schemaVersion: 2, config: { ...config }, layers: [] };
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const bytes = Buffer.from(JSON.stringify({ ...manifest, mediaType }));
  using held = new DisposableStack();
  const { folder } = await new BaseFolders(join(home.path, "bases"), 1024 * 1024).pull({
    source: {
      readManifest: async () => ({ bytes, mediaType }),
      openBlob: async () => Readable.from([MANIFEST]),
    },
    ...{ reference: "1", platform: "linux/amd64", limitBytes: 1024 },
    held,
    signal: new AbortController().signal,
  });
  expect((await stat(folder)).mode & 0o777).toBe(0o755);
});
