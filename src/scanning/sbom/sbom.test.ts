import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { officialSchema } from "../../../test/harness/official-schema.ts";
import type { ImageInventory, PlacedPackage } from "../inventory/model.ts";
import { toLicenceExpression } from "./licence-expression.ts";
import { toPackageUrl } from "./package-url.ts";
import { BILL_FORMATS, writeBill } from "./write-bill.ts";

const place = { layer: 0, ownedByDistribution: false };

function found(type: PlacedPackage["type"], name: string, more: Partial<PlacedPackage> = {}) {
  return { type, name, version: "1.0", licences: [], path: "db", ...place, ...more };
}

const INVENTORY: ImageInventory = {
  distribution: { id: "debian", version: "12", like: [], prettyName: "Debian GNU/Linux 12" },
  packages: [
    found("deb", "curl", {
      version: "7.88.1-10",
      architecture: "amd64",
      source: { name: "curl-source", version: "7.88.1-10" },
      licences: ["curl", "GPL-2+", "Some Own Licence"],
      dependencies: [
        { kind: "requires", name: "libc6" },
        { kind: "requires", name: "nowhere" },
      ],
    }),
    found("deb", "libc6", { version: "2.36-9", licences: ["LGPL-2.1+"], vendor: "Debian" }),
    found("npm", "@scope/app", { path: "a/package.json", licences: ["MIT"] }),
    found("npm", "@scope/app", { path: "b/package.json", licences: ["MIT"], layer: 1 }),
    found("npm", '\u0000 hostile "name"\n', { version: "" }),
  ],
  problems: [],
};
const SUBJECT = {
  name: "registry.example/app:1",
  digest: `sha256:${"a".repeat(64)}`,
  diffIds: [`sha256:${"0".repeat(64)}`, `sha256:${"1".repeat(64)}`],
  id: "3e671687-395b-41f5-a30f-a58921a69b79",
  created: new Date("2026-11-28T09:00:00.123Z"),
  version: "0.1.0",
};

test("CycloneDX 1.6 is what its schema asks for", async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  const text = writeBill("cyclonedx", { inventory: INVENTORY, subject: SUBJECT });
  expect(await validator.validate(text)).toBeNull();
  const { components, dependencies, metadata } = JSON.parse(text);
  expect(metadata.component).toMatchObject({ type: "container", name: SUBJECT.name });
  const curl = components.find(({ name }: { name: string }) => name === "curl");
  expect(curl).toMatchObject({
    purl: "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12&upstream=curl-source%407.88.1-10",
    licenses: [{ expression: "curl AND GPL-2.0-or-later AND LicenseRef-Some-Own-Licence" }],
  });
  expect(dependencies).toContainEqual({
    ref: curl["bom-ref"],
    dependsOn: ["pkg:deb/debian/libc6@2.36-9?distro=debian-12"],
  });
  const app = components.filter(({ name }: { name: string }) => name === "@scope/app");
  expect(app).toHaveLength(1);
  expect(app[0].properties).toEqual(
    expect.arrayContaining([
      { name: "berth:path", value: "a/package.json" },
      { name: "berth:path", value: "b/package.json" },
    ]),
  );
});

test("SPDX 2.3 names each package once, and each reference it uses is defined in it", () => {
  const document = JSON.parse(writeBill("spdx", { inventory: INVENTORY, subject: SUBJECT }));
  const validate = new Ajv({ strict: false }).compile(officialSchema("spdx-2.3.json"));
  expect({ isValid: validate(document), errors: validate.errors }).toEqual({
    isValid: true,
    errors: null,
  });
  expect(document).toMatchObject({
    spdxVersion: "SPDX-2.3",
    creationInfo: { created: "2026-11-28T09:00:00Z", creators: ["Tool: berth-0.1.0"] },
  });
  const ids = document.packages.map(({ SPDXID }: { SPDXID: string }) => SPDXID);
  expect(new Set(ids).size).toBe(6);
  expect(ids.every((id: string) => /^SPDXRef-[A-Za-z0-9.-]+$/.test(id))).toBe(true);
  const known = new Set([...ids, "SPDXRef-DOCUMENT"]);
  for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
    expect([known.has(spdxElementId), known.has(relatedSpdxElement)]).toEqual([true, true]);
  }
  expect(document.hasExtractedLicensingInfos).toEqual([
    expect.objectContaining({ licenseId: "LicenseRef-Some-Own-Licence", name: "Some Own Licence" }),
  ]);
});

test("SPDX 3.0 names nothing that it does not define", () => {
  const document = JSON.parse(writeBill("spdx3", { inventory: INVENTORY, subject: SUBJECT }));
  const graph: Record<string, unknown>[] = document["@graph"];
  const known = new Set(graph.map(({ spdxId }) => spdxId));
  expect(known.size).toBe(graph.length);
  for (const { from, to, rootElement } of graph) {
    for (const named of [from, to, rootElement].flat()) {
      if (named !== undefined) expect(known).toContain(named);
    }
  }
});

test("an image with nothing in it has a bill in each format", () => {
  const inventory = { packages: [], problems: [] };
  for (const format of BILL_FORMATS) {
    expect(JSON.parse(writeBill(format, { inventory, subject: SUBJECT }))).toBeTypeOf("object");
  }
});

test.each([
  ["MIT", "MIT"],
  ["mit", "MIT"],
  ["Apache-2.0 OR MIT", "Apache-2.0 OR MIT"],
  ["GPLv2+ and BSD-3-Clause", "GPL-2.0-or-later AND BSD-3-Clause"],
  ["(ASL 2.0 or MPLv2.0) and ISC", "(Apache-2.0 OR MPL-2.0) AND ISC"],
  ["LGPLv2+", "LGPL-2.0-or-later"],
  ["GPL-3", "GPL-3.0-only"],
  ["Expat", "MIT"],
  ["BSD", "LicenseRef-BSD"],
  ["Public Domain", "LicenseRef-Public-Domain"],
  ["see (the file", "LicenseRef-see-the-file"],
  [
    "GPL-2.0-or-later WITH Classpath-exception-2.0",
    "GPL-2.0-or-later WITH Classpath-exception-2.0",
  ],
])("the licence %s is %s", (declared, expression) => {
  expect(toLicenceExpression([declared])?.expression).toBe(expression);
});

test("several licences hold together, and none is nothing", () => {
  expect(toLicenceExpression(["MIT OR ISC", "Zlib", "Zlib"])?.expression).toBe(
    "(MIT OR ISC) AND Zlib",
  );
  expect(toLicenceExpression(["", " "])).toBeUndefined();
});

test.each([
  [
    found("rpm", "bash", { version: "1:5.1-2.el9", architecture: "x86_64" }),
    "pkg:rpm/rocky/bash@5.1-2.el9?arch=x86_64&distro=rocky-9&epoch=1",
  ],
  [found("apk", "musl"), "pkg:apk/rocky/musl@1.0?distro=rocky-9"],
  [found("npm", "@a/b"), "pkg:npm/%40a/b@1.0"],
  [found("maven", "org.x:y"), "pkg:maven/org.x/y@1.0"],
  [
    found("golang", "golang.org/x/net", { version: "v0.1.0" }),
    "pkg:golang/golang.org/x/net@v0.1.0",
  ],
  [found("pypi", "My_Package"), "pkg:pypi/my-package@1.0"],
  [found("gem", "rack"), "pkg:gem/rack@1.0"],
  [found("composer", "a/b"), "pkg:composer/a/b@1.0"],
])("%o is %s", (one, purl) => {
  const distribution = { id: "rocky", version: "9", like: [], prettyName: "Rocky" };
  expect(toPackageUrl(one, distribution)).toBe(purl);
});
