import { expect, test } from "vitest";
import { BuildFailed } from "../build-failed.ts";
import { checkDockerfile } from "./check-dockerfile.ts";
import { printImageName } from "./image-name.ts";
import { ownPlatform } from "./own-platform.ts";

const HEX = "0".repeat(64);
const check = (lines: readonly string[], args: Record<string, string> = {}) => {
  const { bases, text } = checkDockerfile(lines.join("\n"), args);
  return { names: bases.map(({ name }) => printImageName(name)), lines: text.split("\n") };
};

test("images are found wherever they are named, with their arguments put in", () => {
  const found = check(
    [
      "ARG BASE=alpine VERSION=3.19",
      `ARG WHOLE=\${BASE}:\${VERSION}`,
      `FROM --platform=$BUILDPLATFORM \${WHOLE} AS build`,
      "ARG TOOLS=hub.example.com/acme/tools",
      `COPY --from=\${TOOLS:-x} --chown=1 /a /a`,
      `RUN --mount=type=bind,from=quay.io/a/b@sha256:${HEX},target=/t --mount=type=cache,id=npm,target=/c make`,
      "FROM build AS again",
      "FROM scratch",
      "COPY --from=0 /a /a",
      "COPY --from=BUILD /b /b",
      "RUN --mount=from=again,target=/x ls",
    ],
    { VERSION: "edge" },
  );
  expect(found.names).toEqual([
    "docker.io/library/alpine:edge",
    "hub.example.com/acme/tools:latest",
    `quay.io/a/b@sha256:${HEX}`,
  ]);
  expect(found.lines[2]).toBe(
    `FROM --platform=$BUILDPLATFORM docker.io/${ownPlatform().replaceAll("/", "-")}/library/alpine:edge AS build`,
  );
  expect(found.lines[4]).toBe("COPY --from=hub.example.com/acme/tools:latest --chown=1 /a /a");
  expect(found.lines[5]).toContain(`from=quay.io/a/b:sha256-${HEX},target=/t --mount`);
  expect(found.lines.slice(6)).toEqual([
    ...["FROM build AS again", "FROM scratch", "COPY --from=0 /a /a"],
    ...["COPY --from=BUILD /b /b", "RUN --mount=from=again,target=/x ls"],
  ]);
});

test.each([
  ["FROM dir:/etc"],
  ["FROM docker-daemon:alpine"],
  ["FROM docker-daemon:alpine:latest"],
  ["FROM docker://alpine"],
  ["FROM oci-archive:/var/lib/x.tar"],
  ["FROM containers-storage:localhost/other"],
  [`FROM \${NOTHING}`],
  ["FROM ../../etc"],
  ["FROM Upper/Case"],
  [`FROM alpine@md5:${HEX}`],
  ["ARG T=dir", `FROM \${T}:/etc`],
  ["FROM scratch", "COPY --from=dir:/etc /passwd /"],
  ["FROM scratch", "COPY --from=7 /a /"],
  ["FROM scratch", "RUN --mount=type=bind,from=oci:/x,target=/x ls"],
  ["FROM scratch", "RUN --mount=type=cache,id=../../../etc,target=/x ls"],
  ["FROM scratch", "RUN --mount=type=cache,id=a/b,target=/x ls"],
  ["FROM scratch", "RUN --mount=type=cache,id=$HOME,target=/x ls"],
])("what is no image of a registry is refused: %s", (...lines) => {
  expect(() => check(lines)).toThrow(BuildFailed);
});
