import type { Distribution, ImageInventory } from "../inventory/model.ts";
import { type BillItem, type BillSubject, listBillItems } from "./bill.ts";

const DOCUMENT = "SPDXRef-DOCUMENT";
const IMAGE = "SPDXRef-Image";
const SYSTEM = "SPDXRef-OperatingSystem";
const UNKNOWN = "NOASSERTION";

/** A bill of materials in SPDX 2.3, as JSON. */
export function toSpdx2(inventory: ImageInventory, subject: BillSubject): string {
  const items = listBillItems(inventory, subject);
  const ids = new Map(items.map(({ ref }, index) => [ref, `SPDXRef-Package-${index + 1}`]));
  const idOf = (ref: string) => ids.get(ref) ?? UNKNOWN;
  const { distribution } = inventory;
  const contained = [
    ...(distribution === undefined ? [] : [SYSTEM]),
    ...items.map(({ ref }) => idOf(ref)),
  ];
  const document = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: DOCUMENT,
    name: subject.name,
    documentNamespace: `urn:uuid:${subject.id}`,
    creationInfo: {
      created: toSeconds(subject.created),
      creators: [`Tool: berth-${subject.version}`],
    },
    packages: [
      imageOf(subject),
      ...(distribution === undefined ? [] : [systemOf(distribution)]),
      ...items.map((item) => packageOf(item, idOf(item.ref))),
    ],
    hasExtractedLicensingInfos: licencesOf(items),
    relationships: [
      relation(DOCUMENT, "DESCRIBES", IMAGE),
      ...contained.map((id) => relation(IMAGE, "CONTAINS", id)),
      ...items.flatMap(({ ref, dependsOn }) =>
        dependsOn.map((needed) => relation(idOf(ref), "DEPENDS_ON", idOf(needed))),
      ),
    ],
  };
  return JSON.stringify(document, undefined, 2);
}

/** SPDX knows no fractions of seconds. */
export function toSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

function relation(from: string, relationshipType: string, to: string) {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

const UNDECLARED = {
  downloadLocation: UNKNOWN,
  filesAnalyzed: false,
  licenseConcluded: UNKNOWN,
  licenseDeclared: UNKNOWN,
  copyrightText: UNKNOWN,
};

function imageOf({ name, digest, diffIds }: BillSubject) {
  return {
    SPDXID: IMAGE,
    name,
    ...(digest === undefined ? {} : { versionInfo: digest }),
    ...UNDECLARED,
    primaryPackagePurpose: "CONTAINER",
    comment: `layers, from the bottom: ${diffIds.join(", ")}`,
  };
}

function systemOf({ id, version, prettyName }: Distribution) {
  return {
    SPDXID: SYSTEM,
    name: id,
    ...(version === "" ? {} : { versionInfo: version }),
    ...UNDECLARED,
    primaryPackagePurpose: "OPERATING_SYSTEM",
    description: prettyName,
  };
}

function packageOf({ found, purl, licence, paths, layers }: BillItem, id: string) {
  const { source, vendor } = found;
  const builtFrom = source === undefined ? "" : `; built from ${source.name} ${source.version}`;
  return {
    SPDXID: id,
    name: found.name,
    versionInfo: found.version,
    ...UNDECLARED,
    ...(licence === undefined ? {} : { licenseDeclared: licence.expression }),
    ...(vendor === undefined ? {} : { supplier: `Organization: ${vendor}` }),
    sourceInfo: `found in ${paths.join(", ")}; brought by ${layers.join(", ")}${builtFrom}`,
    primaryPackagePurpose: "LIBRARY",
    externalRefs:
      purl === undefined
        ? []
        : [
            {
              referenceCategory: "PACKAGE-MANAGER",
              referenceType: "purl",
              referenceLocator: purl,
            },
          ],
  };
}

function licencesOf(items: readonly BillItem[]) {
  const references = new Map(items.flatMap(({ licence }) => [...(licence?.references ?? [])]));
  return [...references].map(([licenseId, name]) => ({
    licenseId,
    name,
    extractedText: `The package says "${name}" and no more.`,
  }));
}
