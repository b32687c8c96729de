import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { openImage, scanInventory, writeBill } from "../../src/scanning/index.ts";
import { IS_SOAK } from "../faults/scale.ts";
import { run } from "../harness/command.ts";
import { debianRoot } from "../harness/debian-root.ts";
import { buildImage, writeOciLayout } from "../harness/images.ts";
import { openOracles } from "../harness/scan-oracles.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

/** Where another scanner sees something else, and why that is right. A line that no longer differs has to go. */
const DIFFERENCES: Readonly<Record<"trivy" | "snyk", Readonly<Record<string, string>>>> = {
  trivy: {},
  snyk: {},
};

const SUITES = IS_SOAK ? (["bookworm", "bullseye", "trixie"] as const) : (["bookworm"] as const);

test.each(SUITES)(
  "in a root of %s is found what Trivy and Snyk find, but for differences that are explained",
  async (suite) => {
    await using directory = await makeTempDirectory("oracles");
    const layout = join(directory.path, "layout");
    await writeOciLayout(
      layout,
      "1",
      buildImage({ layers: [await readFile(await debianRoot(suite))] }),
    );
    const archive = join(directory.path, "image.tar");
    // Snyk reads archives as docker and skopeo write them, and no others.
    await run("skopeo", ["copy", "-q", `oci:${layout}:1`, `docker-archive:${archive}:root:1`]);
    await using image = await openImage(archive, { platform: "linux/amd64" });
    const inventory = await scanInventory(image, {});
    const { packages, problems } = inventory;
    expect(problems).toEqual([]);
    const ours = packages.map(({ type, name, version }) => `${type} ${name} ${version}`);
    expect(ours.length).toBeGreaterThan(80);
    const oracles = await openOracles();
    const bill = JSON.parse(writeBill("spdx3", { inventory, subject: subjectOf(image.config) }));
    const validate = new Ajv2020({ strict: false }).compile(oracles.spdx3Schema);
    expect({ isValid: validate(bill), errors: validate.errors }).toEqual({
      isValid: true,
      errors: null,
    });
    for (const name of ["trivy", "snyk"] as const) {
      const theirs = await oracles[name](archive);
      expect({ name, differences: differencesOf(ours, theirs) }).toEqual({
        name,
        differences: Object.keys(DIFFERENCES[name]).toSorted(),
      });
    }
  },
  25 * 60_000,
);

function subjectOf({ diffIds }: { readonly diffIds: readonly string[] }) {
  return { name: "root:1", diffIds, id: randomUUID(), created: new Date(), version: "0.1.0" };
}

/** `+ deb x 1` is what they have and we do not. */
function differencesOf(ours: readonly string[], theirs: readonly string[]): string[] {
  const [own, others] = [new Set(ours), new Set(theirs)];
  return [
    ...theirs.filter((line) => !own.has(line)).map((line) => `+ ${line}`),
    ...ours.filter((line) => !others.has(line)).map((line) => `- ${line}`),
  ].toSorted();
}
