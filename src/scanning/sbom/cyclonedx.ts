// By its parts: its whole loads validators and readers of other formats.
import * as Enums from "@cyclonedx/cyclonedx-library/Enums";
import * as Models from "@cyclonedx/cyclonedx-library/Models";
import * as Serialize from "@cyclonedx/cyclonedx-library/Serialize";
import * as Spec from "@cyclonedx/cyclonedx-library/Spec";
import type { ImageInventory } from "../inventory/model.ts";
import { type BillItem, type BillSubject, listBillItems } from "./bill.ts";

const IMAGE_REF = "image";

/** A bill of materials in CycloneDX 1.6. */
export function toCycloneDx(inventory: ImageInventory, subject: BillSubject): string {
  const bom = new Models.Bom({ serialNumber: `urn:uuid:${subject.id}` });
  bom.metadata.timestamp = subject.created;
  bom.metadata.tools.components.add(
    new Models.Component(Enums.ComponentType.Application, "berth", { version: subject.version }),
  );
  bom.metadata.lifecycles.add(Enums.LifecyclePhase.PostBuild);
  const image = imageOf(subject);
  bom.metadata.component = image;
  const items = listBillItems(inventory, subject);
  const components = new Map(items.map((item) => [item.ref, componentOf(item)]));
  for (const { ref, dependsOn } of items) {
    const component = components.get(ref);
    if (component === undefined) continue;
    bom.components.add(component);
    image.dependencies.add(component.bomRef);
    for (const needed of dependsOn) {
      const dependency = components.get(needed);
      if (dependency !== undefined) component.dependencies.add(dependency.bomRef);
    }
  }
  const system = systemOf(inventory);
  if (system !== undefined) bom.components.add(system);
  const normalise = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return new Serialize.JsonSerializer(normalise).serialize(bom, { sortLists: true, space: 2 });
}

function imageOf(subject: BillSubject): Models.Component {
  const image = new Models.Component(Enums.ComponentType.Container, subject.name, {
    bomRef: IMAGE_REF,
    ...(subject.digest === undefined ? {} : { version: subject.digest }),
  });
  for (const diffId of subject.diffIds) {
    image.properties.add(new Models.Property("berth:layer", diffId));
  }
  return image;
}

function systemOf({ distribution }: ImageInventory): Models.Component | undefined {
  if (distribution === undefined) return undefined;
  const { id, version, prettyName } = distribution;
  return new Models.Component(Enums.ComponentType.OperatingSystem, id, {
    bomRef: "operating-system",
    description: prettyName,
    ...(version === "" ? {} : { version }),
  });
}

function componentOf({ ref, found, purl, licence, paths, layers }: BillItem): Models.Component {
  const component = new Models.Component(Enums.ComponentType.Library, found.name, {
    bomRef: ref,
    version: found.version,
    ...(purl === undefined ? {} : { purl }),
    ...(found.vendor === undefined
      ? {}
      : { supplier: new Models.OrganizationalEntity({ name: found.vendor }) }),
  });
  if (licence !== undefined) {
    component.licenses.add(new Models.LicenseExpression(licence.expression));
  }
  const properties: readonly (readonly [string, string | undefined])[] = [
    ...paths.map((path) => ["berth:path", path] as const),
    ...layers.map((layer) => ["berth:layer", layer] as const),
    ["berth:source-name", found.source?.name],
    ["berth:source-version", found.source?.version],
    ["berth:module", found.module],
  ];
  for (const [name, value] of properties) {
    if (value !== undefined) component.properties.add(new Models.Property(name, value));
  }
  return component;
}
