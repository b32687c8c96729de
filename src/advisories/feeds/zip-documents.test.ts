import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { importFeeds } from "../import-feeds.ts";
import { findIndex } from "../index-builder.ts";

const SAMPLES = join(import.meta.dirname, "../../../test/data/advisories/published");
const NAMES = ["ghsa-p6mc-m468-83gw.json", "go-vulndb-GO-2021-0052.json"];

/** As OSV packs its archives, and as whoever writes to a pipe does, with wide numbers in each entry. */
const PACK = `
import sys, zipfile
target, wide, *names = sys.argv[1:]
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("README.md", "no record")
    for name in names:
        with archive.open(name.split("/")[-1], "w", force_zip64=wide == "wide") as file:
            file.write(open(name, "rb").read())
`;

function pack(target: string, form: "plain" | "wide") {
  const files = NAMES.map((name) => join(SAMPLES, name));
  const { stderr } = spawnSync("/usr/bin/python3", ["-c", PACK, target, form, ...files]);
  expect(`${stderr}`).toBe("");
}

test.for(["plain", "wide"] as const)(
  "a %s archive of OSV's records is read whole or not at all",
  async (form) => {
    await using temporary = await makeTempDirectory("osv-archive");
    const { path } = temporary;
    const directory = join(path, "advisories");
    const read = (name: string) =>
      importFeeds({ directory, path: join(path, name), clock: () => new Date() });
    pack(join(path, "all.zip"), form);
    const { imported } = await read("all.zip");
    expect(imported).toMatchObject([{ format: "osv-archive", faulty: 0 }]);
    using index = findIndex(directory);
    const lodash = index?.listAffected("npm", "lodash");
    expect(lodash).toMatchObject([{ id: "CVE-2020-8203", affected: ["(,4.17.20)"] }]);
    const gin = index?.listAffected("Go", "github.com/gin-gonic/gin");
    expect(gin).toMatchObject([{ advisory: "GO-2021-0052", affected: ["(,1.7.7)"] }]);

    const whole = readFileSync(join(path, "all.zip"));
    const damaged = Buffer.from(whole);
    // In the middle of the second record.
    const at = whole.indexOf("go-vulndb") + 400;
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    // Its list says that the first file is elsewhere, and larger than anything.
    const lying = Buffer.from(whole);
    const entry = whole.lastIndexOf(
      "PK\u0001\u0002",
      whole.lastIndexOf("PK\u0001\u0002") - 1,
      "latin1",
    );
    lying.writeUInt32LE(0xffff_fff0, entry + 42);
    const bomb = Buffer.from(whole);
    bomb.writeUInt32LE(16, entry + 24);
    for (const [name, content] of Object.entries({
      "cut.zip": whole.subarray(0, Math.floor(whole.length * 0.6)),
      "headless.zip": whole.subarray(0, -30),
      "damaged.zip": damaged,
      "lying.zip": lying,
      "bomb.zip": bomb,
    })) {
      writeFileSync(join(path, name), content);
      await expect(read(name), name).rejects.toThrow(`${name} was not imported`);
      using after = findIndex(directory);
      expect(after?.revision, name).toBe(index?.revision);
    }
  },
);
