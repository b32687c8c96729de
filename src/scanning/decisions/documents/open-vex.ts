import { z } from "zod";
import { VEX_JUSTIFICATIONS, VEX_STATUSES } from "../../../contract/vex.ts";
import {
  cut,
  type Meant,
  MOST_STATEMENTS,
  readPurl,
  type VexDocument,
  type VexStatement,
} from "./vex-statement.ts";

const text = z.string().max(10_000);
const identified = z.union([
  text.transform((id) => ({ "@id": id, identifiers: undefined, hashes: undefined })),
  z.looseObject({
    "@id": text.optional(),
    identifiers: z.record(z.string(), z.unknown()).optional(),
    hashes: z.record(z.string(), z.unknown()).optional(),
  }),
]);
const product = z.union([
  text.transform((id) => ({ "@id": id, subcomponents: undefined })),
  z.looseObject({ subcomponents: z.array(z.unknown()).optional() }),
]);
const statement = z.looseObject({
  vulnerability: z.union([
    text,
    z
      .looseObject({ name: text.optional(), "@id": text.optional() })
      .transform((named) => named.name ?? named["@id"] ?? ""),
  ]),
  products: z.array(z.unknown()).optional(),
  subcomponents: z.array(z.unknown()).optional(),
  status: z.enum(VEX_STATUSES),
  justification: z.enum(VEX_JUSTIFICATIONS).optional().catch(undefined),
  impact_statement: text.optional(),
  action_statement: text.optional(),
  status_notes: text.optional(),
});
const document = z.looseObject({
  "@context": z.string().startsWith("https://openvex.dev/ns"),
  author: text.optional(),
  statements: z.array(z.unknown()),
});

/** OpenVEX 0.2.0 and its drafts; undefined for anything else. */
export function parseOpenVex(value: unknown): VexDocument | undefined {
  const parsed = document.safeParse(value);
  if (!parsed.success) return undefined;
  const statements: VexStatement[] = [];
  const skipped: { vulnerability: string; reason: string }[] = [];
  for (const said of parsed.data.statements) {
    const one = statement.safeParse(said);
    if (!one.success) {
      skipped.push({ vulnerability: "?", reason: "the statement is not OpenVEX's" });
      continue;
    }
    const read = readStatement(one.data);
    if (typeof read === "string")
      skipped.push({ vulnerability: one.data.vulnerability, reason: read });
    else for (const one of read) statements.push(one);
    if (statements.length > MOST_STATEMENTS) break;
  }
  return { author: parsed.data.author ?? "", statements, skipped };
}

function readStatement(said: z.output<typeof statement>): readonly VexStatement[] | string {
  const { status, justification, impact_statement, action_statement, status_notes } = said;
  const vulnerability = said.vulnerability.split("/").at(-1)?.trim() ?? "";
  if (vulnerability === "") return "it names no vulnerability";
  const why = cut(impact_statement ?? action_statement ?? status_notes ?? "");
  if (status === "not_affected" && justification === undefined && why === "")
    return "it says not_affected and not why";
  const fact = {
    ...{ vulnerability, status, reason: why },
    justification: status === "not_affected" ? justification : undefined,
  };
  return listMeant(said).map((meant) => ({ ...fact, ...meant }));
}

type Target = Pick<VexStatement, "image" | "package" | "version">;

/** Each package of each product that the statement is about: a few lines may mean more than any memory holds. */
function listMeant({ products, subcomponents }: z.output<typeof statement>): readonly Target[] {
  const targets: Target[] = [];
  const shared = listPackages(subcomponents ?? []);
  for (const raw of products ?? [{}]) {
    if (targets.length > MOST_STATEMENTS) break;
    const read = product.safeParse(raw);
    const parts = read.success ? read.data.subcomponents : undefined;
    const within = parts === undefined ? shared : listPackages(parts);
    for (const target of toTargets(identify(raw), within)) targets.push(target);
  }
  return targets.length === 0 ? toTargets({ kind: "other" }, []) : targets;
}

type MeantPackage = Extract<Meant, { kind: "package" }>;

function listPackages(parts: readonly unknown[]): readonly MeantPackage[] {
  return parts
    .slice(0, MOST_STATEMENTS)
    .map(identify)
    .filter((one) => one.kind === "package");
}

function toTargets(own: Meant, within: readonly MeantPackage[]): readonly Target[] {
  const image = own.kind === "image" ? own.digest : undefined;
  if (within.length > 0)
    return within.map(({ name, version }) => ({ image, package: name, version }));
  if (own.kind === "package") return [{ image, package: own.name, version: own.version }];
  return [{ image, package: undefined, version: undefined }];
}

function identify(raw: unknown): Meant {
  const read = identified.safeParse(raw);
  if (!read.success) return { kind: "other" };
  const { "@id": id, identifiers, hashes } = read.data;
  const purl = identifiers?.purl;
  const meant = readPurl(typeof purl === "string" ? purl : (id ?? ""));
  const hash = hashes?.["sha-256"];
  if (meant.kind !== "package" && typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash))
    return { kind: "image", digest: `sha256:${hash}` };
  return meant;
}
