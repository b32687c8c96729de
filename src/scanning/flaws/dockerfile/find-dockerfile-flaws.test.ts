import { describe, expect, test } from "vitest";
import { measureCpu } from "../../../../test/harness/cpu-time.ts";
import { findDockerfileFlaws } from "./find-dockerfile-flaws.ts";

const idsOf = (...lines: string[]) => findDockerfileFlaws(lines.join("\n")).map(({ id }) => id);
const GOOD = [
  "ARG VERSION=3.22",
  `FROM alpine:\${VERSION} AS build`,
  "RUN apk add --no-cache gcc",
  "WORKDIR /src",
  "COPY . .",
  "FROM alpine:3.22@sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1",
  "COPY --from=build /src/app /usr/local/bin/app",
  "USER 10001:10001",
  "EXPOSE 8080",
  'HEALTHCHECK CMD ["/usr/local/bin/app", "--check"]',
  'ENTRYPOINT ["/usr/local/bin/app"]',
];

test("a Dockerfile that does everything right has no flaws", () => {
  expect(idsOf(...GOOD)).toEqual([]);
});

describe("a Dockerfile with", () => {
  const FROM =
    "FROM alpine:3.22@sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1";
  const END = ["USER app", 'HEALTHCHECK CMD ["true"]'];

  test.each([
    ["MAINTAINER me", ["maintainer-deprecated"]],
    ["EXPOSE 8080 22/tcp", ["ssh-port-exposed"]],
    ["EXPOSE 70000", ["port-out-of-range"]],
    ["WORKDIR app", ["relative-workdir"]],
    ["WORKDIR $HOME/app", []],
    ["ADD https://example.com/a /a", ["added-from-url"]],
    ["ADD --checksum=sha256:00 https://example.com/a /a", []],
    ["ADD http://example.com/a /a", ["added-from-url", "plain-http"]],
    ["ADD src /src", ["add-instead-of-copy"]],
    ["ADD src.tar.gz /src", []],
    ["COPY a b /dst", ["copy-several-without-slash"]],
    ['COPY ["a", "b", "/dst/"]', []],
    ["COPY id_rsa /root/.ssh/", ["private-file-copied"]],
    ["RUN cd /src && make", ["runs-cd"]],
    [
      "RUN sudo apt-get -y install --no-install-recommends x; rm -rf /var/lib/apt/lists/*",
      ["runs-sudo"],
    ],
    [
      "RUN apt-get update && apt-get install -y --no-install-recommends x && rm -rf /var/lib/apt/lists/*",
      [],
    ],
    ["RUN apt-get update && apt-get install -y x", ["package-cache-kept", "recommended-packages"]],
    ["RUN apt-get update", ["update-alone"]],
    ["RUN apt-get dist-upgrade -y", ["distribution-upgrade"]],
    ["RUN apk add curl", ["apk-cache"]],
    ["RUN yum install x", ["install-asks", "package-cache-kept"]],
    ["RUN dnf install -y x && dnf clean all", []],
    ["RUN zypper install x && zypper clean", ["install-asks"]],
    ["RUN pip install x", ["package-cache-kept"]],
    ["RUN --mount=type=cache,target=/root/.cache pip install x", []],
    ["RUN curl -sfk https://example.com/a -o a", ["unverified-download"]],
    ["RUN curl -sf https://example.com/a | bash -s", ["pipe-to-shell"]],
    ["RUN wget http://example.com/a", ["plain-http"]],
    ["RUN curl http://localhost/ready", []],
    ["RUN wget https://example.com/a && curl https://example.com/b", ["wget-and-curl"]],
    ["RUN chmod -R 777 /srv", ["everybody-may-write"]],
    ["RUN chmod +x /srv/run", []],
    ["ENV DB_PASSWORD=hunter2", ["secret-in-dockerfile"]],
    ["ENV DB_PASSWORD hunter2", ["secret-in-dockerfile"]],
    ["ENV DB_PASSWORD_FILE=/run/secrets/db PWD=/srv", []],
    ["ARG NPM_TOKEN", ["secret-in-dockerfile"]],
    ["ARG VERSION=1", []],
    ["CMD run", ["command-by-shell"]],
    ['CMD ["a"]\nCMD ["b"]', ["several-commands"]],
    ['ENTRYPOINT ["a"]\nENTRYPOINT ["b"]', ["several-entrypoints"]],
    ["HEALTHCHECK NONE", ["several-healthchecks"]],
    ["RUNS make", ["unknown-instruction"]],
  ])("%s", (line, expected) => {
    expect(idsOf(FROM, line, ...END).toSorted()).toEqual(expected);
  });

  test.each([
    [["FROM alpine", ...END], ["base-is-latest"]],
    [["FROM localhost:5000/alpine", ...END], ["base-is-latest"]],
    [["FROM alpine:3.22", ...END], ["base-without-digest"]],
    [["FROM scratch", ...END], []],
    [["FROM scratch"], ["no-healthcheck", "user-is-root"]],
    [["FROM scratch", "USER root", 'HEALTHCHECK CMD ["true"]'], ["user-is-root"]],
    [["FROM scratch AS a", "COPY --from=a /x /y", ...END], ["copy-from-itself"]],
    [["FROM scratch AS a", "FROM scratch AS A", ...END], ["stage-name-twice"]],
    [["RUN make"], ["no-base"]],
    [[""], ["no-base"]],
  ])("%j", (lines, expected) => {
    expect(idsOf(...lines).toSorted()).toEqual(expected);
  });
});

test("a flaw says why it matters, how to mend it and where it stands, and repeats no secret", () => {
  const secret = `ghp_${"aB3dE5gH7jK9".repeat(3)}`;
  const flaws = findDockerfileFlaws(
    [
      "FROM scratch",
      "USER app",
      "RUN set -e \\",
      "  # why",
      `  && curl -k -H 'x: ${secret}' https://a`,
      `ENV API_TOKEN="${secret}"`,
    ].join("\n"),
    "build/Dockerfile",
  );
  expect(JSON.stringify(flaws)).not.toContain(secret);
  expect(flaws.map(({ id, origin }) => `${id} ${origin.line}`)).toEqual([
    "no-healthcheck 1",
    "unverified-download 3",
    "secret-in-dockerfile 5",
    "secret-in-dockerfile 6",
  ]);
  expect(flaws[1]).toMatchObject({
    severity: "high",
    fix: expect.stringContaining("-k"),
    origin: { path: "build/Dockerfile", instruction: expect.stringContaining("curl -k") },
  });
});

test("the escape character may be another one", () => {
  expect(
    idsOf(
      "# escape=`",
      "FROM scratch",
      "RUN apk add `",
      "  --no-cache x",
      "USER app",
      "HEALTHCHECK CMD x",
    ),
  ).toEqual([]);
});

test.each([
  `FROM a\nRUN ${"a && ".repeat(50_000)}`,
  `FROM a\nRUN ${"\\\n".repeat(50_000)}`,
  `FROM a\nENV ${"A=".repeat(50_000)}`,
  `FROM a\nRUN ${" ".repeat(100_000)}x`,
  "FROM a\nRUN curl ".padEnd(100_000, "http"),
  `${"FROM a\n".repeat(5_000)}`,
])("text that is made to be slow is not", (text) => {
  expect(measureCpu(() => findDockerfileFlaws(text))).toBeLessThan(5_000);
});
