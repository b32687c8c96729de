import { expect, test } from "vitest";
import { runChecks } from "./check.ts";
import { DOCKERFILE_CHECKS } from "./dockerfile-checks.ts";
import { type DockerfileSubject, toDockerfileSubject } from "./dockerfile-subject.ts";

const PIN = `sha256:${"a".repeat(64)}`;
const FINGERPRINT = "0123456789ABCDEF0123456789ABCDEF01234567";
const SCRIPT = Array.from({ length: 40 }, (_, line) => `echo ${line}`).join("\n");
const BASES: DockerfileSubject["bases"] = {
  find: async (name) => (name === "debian" ? { architectures: ["amd64"] } : undefined),
  pins: new Set([PIN]),
};

/** Which checks a Dockerfile of these lines fails. */
async function failuresOf(lines: readonly string[], tags = ["1.2.3", "latest"]): Promise<string[]> {
  const read = async (path: string) => (path === "setup.sh" ? SCRIPT : "exit 0");
  const subject = toDockerfileSubject({ text: lines.join("\n"), tags, bases: BASES, read });
  const results = await runChecks(DOCKERFILE_CHECKS, [{ name: "", subject }]);
  expect(results.map(({ number }) => number)).toEqual(Array.from({ length: 18 }, (_, i) => 11 + i));
  return results.flatMap(({ state, number, id }) =>
    state === "failed" ? [`${number} ${id}`] : [],
  );
}

const GOOD = [
  "# syntax=docker/dockerfile:1",
  "FROM debian:12",
  "RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl gnupg && rm -rf /var/lib/apt/lists/*",
  "ENV APP_VERSION=1.2.3",
  `ENV APP_KEY=${FINGERPRINT}`,
  'RUN curl -fsSL "https://example.com/app-$APP_VERSION.tar.gz" -o app.tar.gz \\',
  `  && echo "${"b".repeat(64)} app.tar.gz" | sha256sum -c - && tar -xf app.tar.gz`,
  "COPY docker-entrypoint.sh /usr/local/bin/",
  "USER app",
  'ENTRYPOINT ["docker-entrypoint.sh"]',
];

test("a Dockerfile that does everything right passes each check", async () => {
  expect(await failuresOf(GOOD)).toEqual([]);
});

const URL = "https://example.com/tool-1.0.tar.gz";

/** What is put before the last line, or in place of the first two: what fails, and nearly the same that does not. */
test.each([
  ["11 base-not-official", "COPY --from=acme/tools:1 /t /t", `COPY --from=acme/tools@${PIN} /t /t`],
  ["11 base-not-official", "COPY --from=nowhere:1 /t /t", "COPY --from=debian:12 /t /t"],
  [
    "11 base-not-official",
    "RUN --mount=type=bind,from=acme/tools:1,target=/t /t/run",
    "RUN --mount=type=bind,from=debian:12,target=/t /t/run",
  ],
  ["12 base-without-tag", "COPY --from=debian /t /t", "COPY --from=debian:12 /t /t"],
  [
    "13 download-unverified",
    `RUN curl -fsSLO ${URL}`,
    `RUN curl -fsSLO ${URL} && gpg --verify a b`,
  ],
  ["13 download-unverified", `ADD ${URL} /t/`, `ADD --checksum=sha256:00 ${URL} /t/`],
  ["13 download-unverified", `RUN wget -O t ${URL}`, `RUN wget -O t ${URL} && sha512sum -c t.sum`],
  ["14 download-into-shell", `RUN curl -fsSL ${URL} | sh`, "RUN cat setup | sh"],
  [
    "15 weak-checksum",
    `RUN curl -fsSLO ${URL} && md5sum -c t`,
    `RUN curl -fsSLO ${URL} && md5sum -c t && sha256sum -c u`,
  ],
  [
    "16 plain-download",
    "RUN curl -fsSLO http://example.com/t && sha256sum -c t.sum",
    "RUN curl -fsSLO https://example.com/t && sha256sum -c t.sum",
  ],
  [
    "17 short-key",
    "RUN gpg --batch --recv-keys 0xDEADBEEF",
    `RUN gpg --batch --recv-keys "$APP_KEY" ${FINGERPRINT}`,
  ],
  [
    "18 unverified-packages",
    "RUN echo 'deb [trusted=yes] https://example.com x main' > /etc/apt/sources.list.d/x.list",
    "RUN echo 'deb [signed-by=/k.gpg] https://example.com x main' > /etc/apt/sources.list.d/x.list",
  ],
  ["18 unverified-packages", "RUN apt-key add k.asc", "RUN gpg --dearmor k.asc"],
  ["19 version-not-pinned", "ENV OTHER_VERSION=2", "ENV OTHER_NAME=2"],
  ["20 secret-in-dockerfile", "ENV DB_PASSWORD=hunter2", "ENV DB_PASSWORD_FILE=/run/secrets/db"],
  ["20 secret-in-dockerfile", "COPY .npmrc /root/", "COPY npm.json /root/"],
  ["20 secret-in-dockerfile", "COPY .git /src/.git", "COPY gitignore /src/.gitignore"],
  ["20 secret-in-dockerfile", "ARG NPM_TOKEN", "ARG NPM_REGISTRY"],
  ["21 package-lists-kept", "RUN apt-get update", "RUN apt-get --version"],
  [
    "22 copies-everything",
    "COPY . /usr/src/app/",
    "COPY package.json package-lock.json /usr/src/app/",
  ],
  ["22 copies-everything", "COPY src/ /usr/src/app/", "COPY --from=debian:12 / /rootfs/"],
  ["23 add-for-local-file", "ADD run.sh /usr/bin/", "ADD rootfs.tar.xz /"],
  ["24 loose-rights", "RUN sudo make", "RUN make"],
  ["24 loose-rights", "RUN chmod -R 777 /srv", "RUN chmod -R 755 /srv"],
  ["24 loose-rights", "RUN echo app:app | chpasswd", "RUN useradd --system app"],
  [
    "25 cache-order",
    "COPY run.sh /bin/\nRUN apt-get update && apt-get install -y make=4.3 && rm -rf /var/lib/apt/lists/*",
    "RUN apt-get update && apt-get install -y make=4.3 && rm -rf /var/lib/apt/lists/*\nCOPY run.sh /bin/",
  ],
  [
    "26 opaque-script",
    "COPY setup.sh /\nRUN /setup.sh",
    "COPY install.sh /\nRUN /install.sh && rm /install.sh",
  ],
  ["27 instruction-out-of-place", "MAINTAINER me", "LABEL org.opencontainers.image.authors=me"],
  ["27 instruction-out-of-place", "ONBUILD RUN make", "RUN make"],
])("%s: %j, but not %j", async (check, bad, good) => {
  const isOrder = check === "25 cache-order";
  // Both lines copy something before, which is nothing to this check.
  const place = isOrder
    ? GOOD.filter((line) => !/^(?:ENV|COPY)|APP_VERSION|sha256sum/.test(line))
    : GOOD;
  const withLine = (line: string) => [
    ...place.slice(0, -1),
    ...line.split("\n"),
    ...place.slice(-1),
  ];
  expect(await failuresOf(withLine(bad))).toEqual([check]);
  expect(await failuresOf(withLine(good))).toEqual([]);
});

test("the first lines are held to rules of their own", async () => {
  const from = (...lines: string[]) => failuresOf([...lines, ...GOOD.slice(2)]);
  expect(await from("FROM acme/base:1")).toEqual(["11 base-not-official"]);
  expect(await from(`FROM acme/base@${PIN}`)).toEqual([]);
  expect(await from("ARG V=12", `FROM debian:\${V}`)).toEqual([]);
  expect(await from("FROM debian:latest")).toEqual(["12 base-without-tag"]);
  expect(await from("FROM scratch AS a", "FROM a")).toEqual([]);
  expect(await from("# syntax=example.com/x", "FROM debian:12")).toEqual(["28 foreign-syntax"]);
  expect(await from("# escape=\\", "# syntax=docker/dockerfile:1.7", "FROM debian:12")).toEqual([]);
});

test("what is installed without any version is told of, and ONBUILD is for its variants", async () => {
  const installed = "RUN apt-get update && apt-get install -y nginx && rm -rf /var/lib/apt/lists/*";
  expect(await failuresOf(["FROM debian:12", installed])).toEqual(["19 version-not-pinned"]);
  const pinned = installed.replace("nginx", "nginx=1.22.1-9");
  expect(await failuresOf(["FROM debian:12", pinned])).toEqual([]);
  expect(await failuresOf(["FROM debian:12", "ONBUILD RUN make"], ["1-onbuild"])).toEqual([]);
  const kept = "RUN apt-get update && apt-get install -y nginx=1.22.1-9";
  expect(await failuresOf(["FROM debian:12", kept])).toEqual(["21 package-lists-kept"]);
});
