import { PackageURL } from "packageurl-js";
import { z } from "zod";

/** A package as another program's bill names it, in the words of this hub's inventories. */
export interface OtherPackage {
  readonly type: string;
  readonly name: string;
  readonly version: string;
}

export interface OtherBill {
  readonly format: "cyclonedx" | "spdx";
  /** What made it, as it says. */
  readonly tool: string;
  readonly packages: readonly OtherPackage[];
}

const text = z.string().max(10_000);
const attested = z.looseObject({ predicateType: text, predicate: z.unknown() });
const cyclonedx = z.looseObject({
  bomFormat: z.literal("CycloneDX"),
  metadata: z.looseObject({ tools: z.unknown().optional() }).optional(),
  components: z.array(z.looseObject({ purl: text.optional() })),
});
const spdx = z.looseObject({
  spdxVersion: text,
  creationInfo: z.looseObject({ creators: z.array(text).optional() }).optional(),
  packages: z.array(
    z.looseObject({
      externalRefs: z
        .array(z.looseObject({ referenceType: text.optional(), referenceLocator: text.optional() }))
        .optional(),
    }),
  ),
});
const named = z.looseObject({ name: text.optional() });

/** CycloneDX or SPDX 2 in JSON, also as BuildKit's in-toto statement; undefined for anything else. */
export function readOtherSbom(value: unknown): OtherBill | undefined {
  const statement = attested.safeParse(value);
  const document = statement.success ? statement.data.predicate : value;
  const bill = cyclonedx.safeParse(document);
  if (bill.success) {
    const { components, metadata } = bill.data;
    const purls = components.flatMap(({ purl }) => purl ?? []);
    return { format: "cyclonedx", tool: toolOf(metadata?.tools), packages: toPackages(purls) };
  }
  const other = spdx.safeParse(document);
  if (!other.success) return undefined;
  const { packages, creationInfo } = other.data;
  const purls = packages.flatMap(({ externalRefs = [] }) =>
    externalRefs
      .filter(({ referenceType }) => referenceType === "purl")
      .flatMap(({ referenceLocator }) => referenceLocator ?? []),
  );
  const tool = creationInfo?.creators?.find((creator) => creator.startsWith("Tool:")) ?? "";
  return { format: "spdx", tool: tool.replace(/^Tool:\s*/, ""), packages: toPackages(purls) };
}

/** Of both forms that CycloneDX has for it. */
function toolOf(tools: unknown): string {
  const list = z.union([z.array(named), z.looseObject({ components: z.array(named) })]);
  const parsed = list.safeParse(tools);
  if (!parsed.success) return "";
  const [first] = Array.isArray(parsed.data) ? parsed.data : parsed.data.components;
  return first?.name ?? "";
}

/** Each once; what has no purl of a known shape is nothing that could be compared. */
function toPackages(purls: readonly string[]): readonly OtherPackage[] {
  const found = new Map<string, OtherPackage>();
  for (const purl of purls) {
    const one = toPackage(purl);
    if (one !== undefined) found.set(`${one.type} ${one.name} ${one.version}`, one);
  }
  return [...found.values()];
}

function toPackage(purl: string): OtherPackage | undefined {
  try {
    const { type, namespace, name, version, qualifiers } = PackageURL.fromString(purl);
    if (!type || !name || !version) return undefined;
    const epoch = type === "rpm" ? qualifiers?.epoch : undefined;
    const whole = epoch === undefined ? version : `${epoch}:${version}`;
    if (!namespace || ["deb", "apk", "rpm"].includes(type)) return { type, name, version: whole };
    const separator = type === "maven" ? ":" : "/";
    return { type, name: `${namespace}${separator}${name}`, version: whole };
  } catch {
    // Whatever somebody wrote there: it names no package.
    return undefined;
  }
}
