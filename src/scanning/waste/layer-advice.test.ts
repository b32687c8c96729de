import { expect, test } from "vitest";
import type { AdviceId } from "./advice-rules.ts";
import { explainWaste, findWaste } from "./layer-advice.ts";
import type { LayerListing, ListedEntry } from "./list-layer.ts";
import { stackLayers } from "./stack-layers.ts";

type Files = Readonly<Record<string, [bytes: number, hash: string, mode?: number]>>;

interface Layer {
  readonly by: string;
  readonly files?: Files;
  readonly whiteouts?: readonly string[];
}

function listingOf({ files = {}, whiteouts = [] }: Layer): LayerListing {
  const entries = Object.entries(files).map(([path, [bytes, hash, mode = 0o644]]) => {
    const entry: ListedEntry = { kind: "file", mode, content: { bytes, hash } };
    return [path, entry] as const;
  });
  return { entries: new Map(entries), whiteouts, opaque: [] };
}

function advise(layers: readonly Layer[]) {
  const steps = layers.map(({ by }, layer) => ({ instruction: by, layer }));
  return findWaste(stackLayers(layers.map(listingOf))).map((one) => explainWaste(one, steps));
}

const BIG = 50_000;

interface Case {
  readonly fires: readonly Layer[];
  readonly patch?: string;
  readonly silent: readonly Layer[];
}

const CASES: Readonly<Record<AdviceId, Case>> = {
  "deleted-above": {
    fires: [
      { by: "RUN make big", files: { big: [BIG, "a"] } },
      { by: "RUN rm /big", whiteouts: ["big"] },
    ],
    patch: "-RUN make big\n-RUN rm /big\n+RUN make big && rm /big",
    silent: [{ by: "RUN make big && rm /big", files: { log: [BIG, "a"] } }],
  },
  "replaced-above": {
    fires: [
      { by: "COPY a /a", files: { a: [BIG, "a"] } },
      { by: "COPY b /a", files: { a: [BIG + 1, "b"] } },
    ],
    silent: [
      { by: "COPY a /a", files: { a: [BIG, "a"] } },
      { by: "COPY b /b", files: { b: [BIG, "b"] } },
    ],
  },
  "metadata-copy": {
    fires: [
      { by: "COPY app /app", files: { app: [BIG, "a"] } },
      { by: "RUN chmod 755 /app", files: { app: [BIG, "a", 0o755] } },
    ],
    patch: "-COPY app /app\n-RUN chmod 755 /app\n+COPY --chmod=755 app /app",
    silent: [{ by: "COPY --chmod=755 app /app", files: { app: [BIG, "a", 0o755] } }],
  },
  "duplicate-files": {
    fires: [{ by: "COPY . /", files: { one: [BIG, "a"], two: [BIG, "a"] } }],
    silent: [
      {
        by: "COPY . /",
        files: { one: [BIG, "a"], two: [BIG, "b"], three: [1, "c"], four: [1, "c"] },
      },
    ],
  },
  "package-cache": {
    fires: [{ by: "RUN apt-get update", files: { "var/lib/apt/lists/main": [BIG, "a"] } }],
    patch: "-RUN apt-get update\n+RUN apt-get update && rm -rf /var/lib/apt/lists/*",
    silent: [{ by: "RUN apt-get update", files: { "var/lib/dpkg/status": [BIG, "a"] } }],
  },
  "build-tools": {
    fires: [{ by: "RUN apk add gcc", files: { "usr/bin/gcc": [BIG, "a"] } }],
    silent: [
      {
        by: "COPY x /",
        files: { "usr/bin/gccgo-docs": [BIG, "a"], "usr/share/gcc/x": [BIG, "b"] },
      },
    ],
  },
  "repository-copied": {
    fires: [{ by: "COPY . /src", files: { "src/.git/objects/pack/a.pack": [BIG, "a"] } }],
    patch: "in .dockerignore:\n+.git",
    silent: [
      {
        by: "COPY . /src",
        files: { "src/.gitignore": [BIG, "a"], "src/git/objects/x": [BIG, "b"] },
      },
    ],
  },
};

test.each(Object.entries(CASES))(
  "%s fires on its example alone",
  (id, { fires, patch, silent }) => {
    const found = advise(fires);
    expect(found.map((one) => one.id)).toEqual([id]);
    expect(found).toMatchObject([
      { bytes: BIG, layer: 0, instruction: fires[0]?.by, patch: patch ?? null },
    ]);
    expect(advise(silent)).toEqual([]);
  },
);

test("what is too small for a line is left out", () => {
  expect(advise([{ by: "RUN x", files: { a: [9_999, "a"], b: [9_999, "a"] } }])).toEqual([]);
});

test("files of many layers stand together by the step that made them, the largest first", () => {
  const found = advise([
    { by: "RUN one", files: { a: [20_000, "a"], b: [30_000, "b"] } },
    { by: "RUN two", files: { c: [90_000, "c"] } },
    { by: "RUN rm", whiteouts: ["a", "b", "c"] },
  ]);
  expect(found).toMatchObject([
    { bytes: 90_000, layer: 1, files: ["c"] },
    { bytes: 50_000, layer: 0, files: ["b", "a"], fileCount: 2 },
  ]);
});

test("the score is dive's: the least size of each path by all of them", () => {
  const replaced = [
    listingOf({ by: "", files: { a: [100, "a"], b: [300, "b"] } }),
    listingOf({ by: "", files: { a: [50, "c"] } }),
  ];
  expect(stackLayers(replaced).efficiency).toBeCloseTo((50 + 300) / (150 + 300));
  const deleted = [
    listingOf({ by: "", files: { a: [100, "a"], "dir/b": [300, "b"], c: [500, "c"] } }),
    listingOf({ by: "", whiteouts: ["a", "dir"] }),
  ];
  // A deleted file has no size of its own; a deleted directory has that of its files.
  expect(stackLayers(deleted).efficiency).toBeCloseTo(
    (0 + 300 + 500 + 300) / (100 + 300 + 500 + 300),
  );
  expect(stackLayers([]).efficiency).toBe(1);
});
