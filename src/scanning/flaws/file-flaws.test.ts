import { expect, test } from "vitest";
import { createVisibility } from "../inventory/merge-layers.ts";
import type { FileFlaw, LayerReport } from "../inventory/model.ts";
import { encodePathSet, hashPath } from "../inventory/path-set.ts";
import { FLAW_ANALYSERS } from "./file-flaws.ts";
import { findFileFlaws } from "./layer-flaws.ts";

const TOKEN = `ghp_${"aB3dE5gH7jK9".repeat(3)}`;

interface File {
  readonly content?: string;
  readonly mode?: number;
}

function flawsOf(path: string, { content = "x", mode = 0o644 }: File): readonly FileFlaw[] {
  const file = { path, size: content.length, mode };
  return FLAW_ANALYSERS.filter((analyser) => analyser.wants(file)).flatMap(
    (analyser) => analyser.analyse(file, Buffer.from(content)).flaws ?? [],
  );
}

test.each([
  ["app/config.json", { content: `{"token":"${TOKEN}"}` }, ["secret-in-file"]],
  ["usr/share/doc/x", { content: TOKEN }, []],
  ["usr/local/lib/app/x", { content: TOKEN }, ["secret-in-file"]],
  ["app/binary", { content: `\u0000${TOKEN}` }, []],
  ["app/picture.png", { content: TOKEN }, []],
  ["app/node_modules/x/test/fixtures/key", { content: TOKEN }, []],
  ["app/node_modules/x/index.js", { content: TOKEN }, ["secret-in-file"]],
  ["root/.ssh/id_ed25519", {}, ["private-file"]],
  ["app/.env", {}, ["private-file"]],
  ["app/.env", { content: "" }, []],
  ["usr/bin/tool", { mode: 0o4755 }, ["setuid-file"]],
  ["usr/bin/tool", { mode: 0o2755 }, ["setuid-file"]],
  ["srv/data", { mode: 0o666 }, ["world-writable-file"]],
  ["var/cache/apt/archives/nginx_1.22_amd64.deb", {}, ["package-cache"]],
  ["var/lib/apt/lists/mirror_dists_bookworm_main_binary-amd64_Packages.lz4", {}, ["package-cache"]],
  ["root/.cache/pip/http/a", {}, ["package-cache"]],
  ["root/.npm/_cacache/index-v5/a", {}, ["package-cache"]],
])("%s with %j", (path, file, expected) => {
  expect(flawsOf(path, file).map(({ kind }) => kind)).toEqual(expected);
});

function layer(
  files: Readonly<Record<string, File>>,
  whiteouts: readonly string[] = [],
): LayerReport {
  const paths = Object.keys(files);
  return {
    diffId: "sha256:00",
    analyserVersion: 1,
    files: Object.fromEntries(
      paths.map((path) => [path, { flaws: flawsOf(path, files[path] ?? {}) }]),
    ),
    whiteouts,
    opaque: [],
    occupied: encodePathSet(paths.map(hashPath)),
  };
}

test("files are told with their layer and step, and what a later layer hides only where it can still be read", () => {
  const layers = [
    layer({ "usr/bin/su": { mode: 0o4755 }, "usr/bin/mount": { mode: 0o4755 } }),
    layer({
      "app/config": { content: `first\ntoken ${TOKEN}` },
      "srv/tool": { mode: 0o4755 },
      "root/.cache/pip/a": {},
    }),
    layer({}, ["app/config", "srv/tool", "root/.cache/pip/a"]),
  ];
  const flaws = findFileFlaws({
    layers,
    steps: [
      { instruction: "ADD rootfs /", layer: 0 },
      { instruction: "ENV A=b" },
      { instruction: `RUN curl -H ${TOKEN} https://a`, layer: 1 },
      { instruction: "RUN rm -rf /app/config", layer: 2 },
    ],
    isVisible: createVisibility(layers),
  });
  expect(flaws.map(({ id, detail, origin }) => ({ id, detail, origin }))).toEqual([
    {
      id: "secret-in-file",
      detail: 'GitHub token ("ghp_..."); removed by a later layer, still in this one',
      origin: { layer: 1, instruction: "RUN curl -H *** https://a", path: "app/config", line: 2 },
    },
    {
      id: "setuid-file",
      detail: "usr/bin/su (mode 4755), usr/bin/mount (mode 4755)",
      origin: { layer: 0, instruction: "ADD rootfs /" },
    },
    {
      id: "package-cache",
      detail: "root/.cache/pip/a",
      origin: { layer: 1, instruction: "RUN curl -H *** https://a" },
    },
  ]);
  expect(JSON.stringify(flaws)).not.toContain(TOKEN);
});
