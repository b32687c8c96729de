import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { type TarEntry, writeTar } from "../../test/harness/tar.ts";
import { ANALYSERS } from "./analysers.ts";
import { findConflicts } from "./conflicts/find-conflicts.ts";
import { findFlaws } from "./find-flaws.ts";
import { FLAW_ANALYSERS } from "./flaws/file-flaws.ts";
import { mergeLayers } from "./inventory/merge-layers.ts";
import type { LayerReport } from "./inventory/model.ts";
import { analyseLayer } from "./layers/analyse-layer.ts";
import { LAYER_LIMITS } from "./layers/layer-limits.ts";

const file = (name: string, text: string, mode = 0o644): TarEntry => ({
  name,
  content: Buffer.from(text),
  mode,
});

function analyse(entries: readonly TarEntry[]): Promise<LayerReport> {
  const archive = writeTar(entries);
  const diffId = `sha256:${createHash("sha256").update(archive).digest("hex")}`;
  const layer = {
    diffId,
    async *open() {
      yield archive;
    },
  };
  const analysers = [...ANALYSERS, ...FLAW_ANALYSERS];
  return analyseLayer(layer, { analysers, analyserVersion: 1, limits: LAYER_LIMITS });
}

const METADATA = "usr/lib/python3/dist-packages/requests-2.28.1.dist-info/METADATA";
const status =
  "Package: python3-requests\nStatus: install ok installed\nVersion: 2.28.1-1\nArchitecture: all\nDepends: python3-urllib3 (>= 1.21)\n";

test("an image is asked for its flaws and conflicts in one pass over its layers", async () => {
  const layers = [
    await analyse([
      file("etc/os-release", 'ID=debian\nVERSION_ID="10"\nPRETTY_NAME="Debian 10"\n'),
      file("var/lib/dpkg/status", status),
      file("var/lib/dpkg/info/python3-requests.list", `/.\n/${METADATA}\n`),
      file(METADATA, "Name: requests\nVersion: 2.28.1\n"),
      file("usr/bin/su", "su", 0o4755),
    ]),
    await analyse([
      file(METADATA, "Name: requests\nVersion: 2.31.0\nRequires-Dist: certifi>=2017\n"),
      file("app/.env", "A=b\n"),
    ]),
  ];
  const inventory = mergeLayers(layers);
  const history = [
    { created_by: "ADD rootfs.tar / # buildkit" },
    { created_by: "RUN /bin/sh -c pip install -U requests # buildkit" },
  ];
  const config = {
    os: "linux",
    architecture: "amd64",
    diffIds: layers.map(({ diffId }) => diffId),
    history: history.map(({ created_by }) => ({ createdBy: created_by, isEmptyLayer: false })),
  };
  const configJson = JSON.stringify({ config: { User: "root", Cmd: ["/app"] }, history });
  const now = new Date("2026-11-28T00:00:00Z");
  const flaws = findFlaws({ config, configJson }, { layers, inventory, now });
  expect(flaws.map(({ id, origin }) => `${id} ${origin.layer ?? "-"}`)).toEqual([
    "user-is-root -",
    "no-healthcheck -",
    "missing-labels -",
    "distribution-end-of-life 0",
    "private-file 1",
    "setuid-file 0",
  ]);
  expect(flaws.find(({ id }) => id === "private-file")?.origin).toEqual({
    layer: 1,
    path: "app/.env",
    instruction: "RUN pip install -U requests",
  });
  expect(findConflicts(inventory).map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
    "missing: python3-requests 2.28.1-1 depends on python3-urllib3 (>= 1.21), which is not installed",
    "missing: requests 2.31.0 requires certifi (>=2017), which is not installed",
    `two-owners: requests 2.31.0 was installed over files of the distribution (${METADATA}); the next upgrade of either breaks the other`,
  ]);
});
