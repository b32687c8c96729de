import { expect, test } from "vitest";
import type { Distribution } from "../inventory/model.ts";
import { findImageFlaws } from "./image-flaws.ts";

const NOW = new Date("2026-11-28T00:00:00Z");
const LABELS = Object.fromEntries(
  ["source", "revision", "version"].map((name) => [`org.opencontainers.image.${name}`, "x"]),
);
const GOOD = {
  User: "10001",
  Env: ["PATH=/usr/bin"],
  Cmd: ["/app"],
  Healthcheck: { Test: ["CMD", "/app", "--check"] },
  Labels: LABELS,
};
const debian = (version: string): Distribution => ({
  id: "debian",
  version,
  like: [],
  prettyName: `Debian ${version}`,
});

interface Described {
  readonly config?: unknown;
  readonly history?: unknown;
  readonly distribution?: Distribution;
}

const flawsOf = ({ config = GOOD, history = [], distribution = debian("12") }: Described) =>
  findImageFlaws({
    configJson: JSON.stringify({ config, history }),
    inventory: { distribution, packages: [] },
    now: NOW,
  });
const idsOf = (described: Described) => flawsOf(described).map(({ id }) => id);

test("an image that does everything right has no flaws", () => {
  expect(flawsOf({})).toEqual([]);
});

test.each([
  [{ ...GOOD, User: "" }, ["user-is-root"]],
  [{ ...GOOD, User: "0:0" }, ["user-is-root"]],
  [{ ...GOOD, User: "root" }, ["user-is-root"]],
  [{ ...GOOD, ExposedPorts: { "22/tcp": {}, "80/tcp": {} } }, ["ssh-port-exposed"]],
  [{ ...GOOD, Healthcheck: { Test: ["NONE"] } }, ["no-healthcheck"]],
  [{ ...GOOD, Cmd: null }, ["no-command"]],
  [{ ...GOOD, Cmd: ["/bin/sh", "-c", "run"] }, ["command-by-shell"]],
  [{ ...GOOD, Labels: null }, ["missing-labels"]],
  [
    { ...GOOD, Labels: { ...LABELS, "org.opencontainers.image.base.name": "debian:latest" } },
    ["base-is-latest"],
  ],
  [{ ...GOOD, Env: ["DB_PASSWORD=hunter2"] }, ["secret-in-environment"]],
  [{ ...GOOD, Env: ["NODE_TLS_REJECT_UNAUTHORIZED=0"] }, ["dangerous-environment"]],
  [
    { User: 7, Env: "x", Cmd: 1, Labels: [] },
    ["user-is-root", "no-healthcheck", "no-command", "missing-labels"],
  ],
  ["nothing", ["user-is-root", "no-healthcheck", "no-command", "missing-labels"]],
])("the configuration %j", (config, expected) => {
  expect(idsOf({ config })).toEqual(expected);
});

test.each([
  ["10", ["distribution-end-of-life"]],
  ["11", ["distribution-end-of-life"]],
  ["12", []],
  ["99", []],
])("Debian %s in November 2026", (version, expected) => {
  expect(idsOf({ distribution: debian(version) })).toEqual(expected);
});

test("a flaw names the step and the layer that it came from, without the secret, in the words of each builder", () => {
  const history = [
    { created_by: "/bin/sh -c #(nop) ADD file:abc in / " },
    { created_by: '/bin/sh -c #(nop)  CMD ["bash"]', empty_layer: true },
    { created_by: "ENV DB_PASSWORD=hunter2", empty_layer: true },
    { created_by: "|1 NPM_TOKEN=letmein /bin/sh -c npm ci" },
    {
      created_by:
        "RUN /bin/sh -c curl -H 'Authorization: x' --data API_KEY=opensesame https://a # buildkit",
    },
    { created_by: "ADD https://example.com/tool /opt/ # buildkit" },
    { created_by: "USER root", empty_layer: true },
  ];
  const flaws = flawsOf({
    config: { ...GOOD, User: "root", Env: ["DB_PASSWORD=hunter2"] },
    history,
  });
  expect(flaws.map(({ id, detail, origin }) => ({ id, detail, origin }))).toEqual([
    { id: "user-is-root", detail: "USER root", origin: { instruction: "USER root" } },
    {
      id: "secret-in-environment",
      detail: "DB_PASSWORD",
      origin: { instruction: "ENV DB_PASSWORD=***" },
    },
    {
      id: "secret-in-history",
      detail: "NPM_TOKEN",
      origin: { layer: 1, instruction: "RUN |1 NPM_TOKEN=*** npm ci" },
    },
    {
      id: "secret-in-history",
      detail: "API_KEY",
      origin: {
        layer: 2,
        instruction: "RUN curl -H 'Authorization: x' --data API_KEY=*** https://a",
      },
    },
    {
      id: "added-from-url",
      detail: undefined,
      origin: { layer: 3, instruction: "ADD https://example.com/tool /opt/" },
    },
  ]);
  expect(JSON.stringify(flaws)).not.toMatch(/hunter2|letmein|opensesame/);
});

test("thousands of variables and of steps are not compared each with each, and huge instructions are cut", () => {
  const Env = Array.from({ length: 30_000 }, (_, index) => `V${index}=x`);
  const isSet = { created_by: `ENV DB_PASSWORD=hunter2 ${"V=x ".repeat(5000)}`, empty_layer: true };
  const history = Array.from({ length: 30_000 }, () => ({
    created_by: "ENV V=x",
    empty_layer: true,
  }));
  const config = { ...GOOD, Env: ["DB_PASSWORD=hunter2", ...Env] };
  const started = performance.now();
  const flaws = flawsOf({ config, history: [isSet, ...history] });
  expect(performance.now() - started).toBeLessThan(5000);
  expect(flaws.map(({ id }) => id)).toEqual(["secret-in-environment"]);
  expect(flaws[0]?.origin.instruction).toMatch(/^ENV DB_PASSWORD=\*\*\* V=/);
  expect(flaws[0]?.origin.instruction).toHaveLength(4096);
});
