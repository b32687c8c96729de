import type { ImageInventory } from "../inventory/model.ts";
import { type BillItem, type BillSubject, listBillItems } from "./bill.ts";
import { toSeconds } from "./spdx-2.ts";

const CREATION = "_:creation";

type Element = Readonly<Record<string, unknown>>;

/** A bill of materials in SPDX 3.0.1, as JSON-LD: a flat list of elements that name each other. */
export function toSpdx3(inventory: ImageInventory, subject: BillSubject): string {
  const items = listBillItems(inventory, subject);
  const names = createNames(subject, items);
  const graph = [
    ...creationOf(subject, names),
    ...documentOf(subject, names),
    ...systemOf(inventory, names),
    ...items.map((item) => packageOf(item, names)),
    ...relationsOf(items, { names, hasSystem: inventory.distribution !== undefined }),
    ...licencesOf(items, names),
  ];
  return JSON.stringify(
    { "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph },
    undefined,
    2,
  );
}

interface Names {
  /** An identifier in the document. */
  of(part: string): string;
  /** That of a package. */
  ofPackage(ref: string): string;
}

function createNames({ id }: BillSubject, items: readonly BillItem[]): Names {
  const numbers = new Map(items.map(({ ref }, index) => [ref, index + 1]));
  const of = (part: string) => `urn:uuid:${id}#${part}`;
  return { of, ofPackage: (ref) => of(`package-${numbers.get(ref)}`) };
}

function creationOf({ created, version }: BillSubject, names: Names): Element[] {
  return [
    {
      type: "CreationInfo",
      "@id": CREATION,
      specVersion: "3.0.1",
      created: toSeconds(created),
      createdBy: [names.of("agent")],
      createdUsing: [names.of("tool")],
    },
    element("SoftwareAgent", { spdxId: names.of("agent"), name: "Berth" }),
    element("Tool", { spdxId: names.of("tool"), name: `berth-${version}` }),
  ];
}

function documentOf(subject: BillSubject, names: Names): Element[] {
  const { name, digest, diffIds } = subject;
  return [
    element("SpdxDocument", {
      spdxId: names.of("document"),
      name,
      dataLicense: "https://spdx.org/licenses/CC0-1.0",
      profileConformance: ["core", "software", "simpleLicensing"],
      rootElement: [names.of("sbom")],
    }),
    element("software_Sbom", {
      spdxId: names.of("sbom"),
      software_sbomType: ["analyzed"],
      rootElement: [names.of("image")],
    }),
    element("software_Package", {
      spdxId: names.of("image"),
      name,
      software_primaryPurpose: "container",
      comment: `layers, from the bottom: ${diffIds.join(", ")}`,
      ...(digest === undefined ? {} : { software_packageVersion: digest }),
    }),
  ];
}

function systemOf({ distribution }: ImageInventory, names: Names): Element[] {
  if (distribution === undefined) return [];
  const { id, version, prettyName } = distribution;
  return [
    element("software_Package", {
      spdxId: names.of("operating-system"),
      name: id,
      description: prettyName,
      software_primaryPurpose: "operatingSystem",
      ...(version === "" ? {} : { software_packageVersion: version }),
    }),
  ];
}

function packageOf({ ref, found, purl, paths, layers }: BillItem, names: Names): Element {
  const { source } = found;
  const builtFrom = source === undefined ? "" : `; built from ${source.name} ${source.version}`;
  return element("software_Package", {
    spdxId: names.ofPackage(ref),
    name: found.name,
    software_packageVersion: found.version,
    software_primaryPurpose: "library",
    software_sourceInfo: `found in ${paths.join(", ")}; brought by ${layers.join(", ")}${builtFrom}`,
    ...(purl === undefined ? {} : { software_packageUrl: purl }),
  });
}

function relationsOf(
  items: readonly BillItem[],
  { names, hasSystem }: { names: Names; hasSystem: boolean },
): Element[] {
  const contained = [
    ...(hasSystem ? [names.of("operating-system")] : []),
    ...items.map(({ ref }) => names.ofPackage(ref)),
  ];
  const relation = (spdxId: string, rest: Element) =>
    element("Relationship", { spdxId: names.of(spdxId), ...rest });
  const contains = relation("contains", {
    relationshipType: "contains",
    from: names.of("image"),
    to: contained,
  });
  const needs = items
    .filter(({ dependsOn }) => dependsOn.length > 0)
    .map(({ ref, dependsOn }, index) =>
      relation(`depends-${index + 1}`, {
        relationshipType: "dependsOn",
        from: names.ofPackage(ref),
        to: dependsOn.map((needed) => names.ofPackage(needed)),
      }),
    );
  return contained.length === 0 ? needs : [contains, ...needs];
}

/** Packages of one licence share its element. */
function licencesOf(items: readonly BillItem[], names: Names): Element[] {
  const licensed = items.filter(({ licence }) => licence !== undefined);
  const groups = Map.groupBy(licensed, ({ licence }) => licence?.expression ?? "");
  const references = new Map(licensed.flatMap(({ licence }) => [...(licence?.references ?? [])]));
  const numbers = new Map([...references.keys()].map((reference, index) => [reference, index + 1]));
  const textOf = (reference: string) => names.of(`licence-text-${numbers.get(reference)}`);
  const texts = [...references].map(([reference, name]) =>
    element("simplelicensing_SimpleLicensingText", {
      spdxId: textOf(reference),
      name,
      simplelicensing_licenseText: `The package says "${name}" and no more.`,
    }),
  );
  const expressions = [...groups].flatMap(([expression, group], index) => {
    const spdxId = names.of(`licence-${index + 1}`);
    const used = [...(group[0]?.licence?.references.keys() ?? [])];
    const custom = used.map((key) => ({ type: "DictionaryEntry", key, value: textOf(key) }));
    return [
      element("simplelicensing_LicenseExpression", {
        spdxId,
        simplelicensing_licenseExpression: expression,
        ...(custom.length === 0 ? {} : { simplelicensing_customIdToUri: custom }),
      }),
      ...group.map(({ ref }, at) =>
        element("Relationship", {
          spdxId: names.of(`licence-${index + 1}-of-${at + 1}`),
          relationshipType: "hasDeclaredLicense",
          from: names.ofPackage(ref),
          to: [spdxId],
        }),
      ),
    ];
  });
  return [...texts, ...expressions];
}

function element(type: string, fields: Element): Element {
  return { type, creationInfo: CREATION, ...fields };
}
