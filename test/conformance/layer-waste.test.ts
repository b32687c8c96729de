import { mkdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { SENTENCE } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import { buildImage, writeOciLayout } from "../harness/images.ts";
import { startScanningHub } from "../harness/scanning-hub.ts";
import { writeTar } from "../harness/tar.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const OLAF = { name: "olaf", password: SENTENCE };
const WANDA = { name: "wanda", password: SENTENCE };
const file = (name: string, bytes: number, mode = 0o644) => ({
  ...{ name, mode },
  content: Buffer.alloc(bytes, name),
});

test("a hub compares the layers of what is pushed, and says of them what berth layers says of the file", async () => {
  await using hub = await withTerminal(await startScanningHub());
  await using directory = await makeTempDirectory("layer-waste");
  const base = writeTar([file("opt/app", 40_000), file("opt/cache/a", 30_000)]);
  const changes = [file("opt/app", 40_000, 0o755), file("opt/cache/.wh..wh..opq", 0)];
  const image = buildImage({ layers: [base, writeTar(changes)] });
  const other = buildImage({ layers: [base, writeTar([file("opt/.wh.app", 0)])] });
  await hub.client.push("acme/web", "1", image);
  await hub.client.push("acme/web", "2", other);

  const shown = await hub.runAs(OLAF, ["layers", "acme/web:1", "--json"]);
  expect(shown.exitCode).toBe(0);
  const report = JSON.parse(shown.output);
  expect(report).toMatchObject({
    digest: image.manifest.digest,
    bytes: 110_000,
    hiddenBytes: 70_000,
    layers: [
      { files: 2, bytes: 70_000, hiddenBytes: 70_000 },
      { files: 1, bytes: 40_000, hiddenBytes: 0 },
    ],
    advice: [{ id: "metadata-copy" }, { id: "deleted-above", bytes: 30_000 }],
  });
  await mkdir(directory.path, { recursive: true });
  await writeOciLayout(directory.path, "web:1", image);
  const alone = await hub.typeAlone(`layers --json --platform linux/amd64 ${directory.path}`);
  expect(report).toEqual(JSON.parse(alone));
  // Its lowest layer was looked at before.
  const second = await hub.runAs(OLAF, ["layers", "acme/web:2", "--fail-below", "0.9"]);
  expect(second).toMatchObject({ exitCode: 1, output: expect.stringContaining("deleted-above") });

  const path = `/api/v1/layers/acme/web?reference=${encodeURIComponent(image.manifest.digest)}`;
  const { body } = await hub.olaf(`GET ${path}`);
  expect(body).toEqual({
    image: `acme/web@${image.manifest.digest}`,
    images: [
      {
        ...{ digest: image.manifest.digest, platform: "linux/amd64" },
        ...{ state: "done", reason: null, report },
      },
    ],
  });
  expect((await hub.wanda(`GET ${path}`)).status).toBe(404);
  const hidden = await hub.runAs(WANDA, ["layers", "acme/web:1"]);
  expect(hidden).toMatchObject({ exitCode: expect.any(Number) });
  expect(hidden.exitCode).not.toBe(0);
  expect(hidden.output).not.toContain("HIDDEN");
}, 60_000);
