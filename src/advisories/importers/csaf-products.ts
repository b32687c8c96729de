import { z } from "zod";
import { omitUndefined } from "../../lib/omit-undefined.ts";

const helper = z.object({ purl: z.string().nullish(), cpe: z.string().nullish() }).nullish();
const product = z.object({
  product_id: z.string(),
  product_identification_helper: helper,
});
const branch = z.object({
  name: z.string(),
  product: product.nullish(),
  get branches() {
    return z.array(branch).nullish();
  },
});
export const productTree = z.object({
  branches: z.array(branch).nullish(),
  relationships: z
    .array(
      z.object({
        full_product_name: z.object({ product_id: z.string() }),
        product_reference: z.string(),
        relates_to_product_reference: z.string(),
      }),
    )
    .nullish(),
});

type Branch = z.output<typeof branch>;

/** Under which name advisories are found that are about all packages of a source of Red Hat's. */
export function sourceKey(source: string): string {
  return `src:${source}`;
}

/** A package of a release, as a status of a document names it. */
export interface Product {
  /** The document's own id of it. */
  readonly id: string;
  readonly ecosystem: string;
  readonly name: string;
  /** Absent where all versions are meant. */
  readonly version?: string;
  readonly module?: string;
}

interface Part {
  readonly purl: string | undefined;
  readonly cpe: string | undefined;
}

type Package = Omit<Product, "id" | "ecosystem"> & { readonly isSource: boolean };

const MAX_DEPTH = 16;

/** Which packages of which releases the ids of a document stand for: a package is part of a module, which is part of a release. */
export class ProductTree {
  readonly #parts = new Map<string, Part>();
  readonly #relations = new Map<string, { readonly part: string; readonly of: string }>();

  constructor({ branches, relationships }: z.output<typeof productTree>) {
    this.#addBranches(branches ?? []);
    for (const { full_product_name: whole, ...one } of relationships ?? [])
      this.#relations.set(whole.product_id, {
        part: one.product_reference,
        of: one.relates_to_product_reference,
      });
  }

  /** The packages of the RHEL family's main releases, each once: builds for several architectures are one. */
  find(ids: readonly string[]): Product[] {
    const found = new Map<string, Product>();
    for (const id of ids) {
      const one = this.#resolve(id);
      if (one === undefined) continue;
      const key = [one.ecosystem, one.name, one.version, one.module].join(" ");
      if (!found.has(key)) found.set(key, one);
    }
    return [...found.values()];
  }

  #resolve(id: string): Product | undefined {
    let [at, depth]: [string | undefined, number] = [id, 0];
    let [named, module]: [Package | undefined, string | undefined] = [undefined, undefined];
    while (at !== undefined && depth < MAX_DEPTH) {
      const relation = this.#relations.get(at);
      const part = this.#parts.get(relation?.part ?? at);
      const purl = part?.purl ?? undefined;
      if (depth === 0) named = readPackage(purl, relation?.part ?? at);
      module ??= readModule(purl);
      if (relation === undefined) return this.#toProduct(id, { named, module, cpe: part?.cpe });
      at = relation.of;
      depth += 1;
    }
    return undefined;
  }

  #toProduct(
    id: string,
    found: { named: Package | undefined; module: string | undefined; cpe: string | undefined },
  ): Product | undefined {
    const ecosystem = readEcosystem(found.cpe);
    if (ecosystem === undefined || found.named === undefined) return undefined;
    const { isSource, name, version, module = found.module } = found.named;
    const rest = { id, ecosystem, ...omitUndefined({ module }) };
    // What has no fix is named by its source; what has one by its packages, and the source beside them is not installed.
    if (version === undefined) return { ...rest, name: sourceKey(name) };
    return isSource ? undefined : { ...rest, name, version };
  }

  #addBranches(branches: readonly Branch[], depth = 0): void {
    if (depth > MAX_DEPTH) return;
    for (const { product: own, branches: inner } of branches) {
      if (own !== null && own !== undefined) {
        const { purl, cpe } = own.product_identification_helper ?? {};
        this.#parts.set(own.product_id, { purl: purl ?? undefined, cpe: cpe ?? undefined });
      }
      this.#addBranches(inner ?? [], depth + 1);
    }
  }
}

/** "cpe:/a:redhat:enterprise_linux:8::appstream" is RHEL 8, "cpe:/o:redhat:enterprise_linux:9.4" too; "rhel_eus" and the like are not. */
function readEcosystem(cpe: string | undefined): string | undefined {
  const [, major] = /^cpe:\/[ao]:redhat:enterprise_linux:(\d+)(?:[.:]|$)/.exec(cpe ?? "") ?? [];
  return major === undefined ? undefined : `Red Hat:${major}`;
}

/** By its package URL, or its id where it has none: "kernel", "ruby-0:2.7.8-139.el8.x86_64", "ruby:2.7/ruby". */
function readPackage(purl: string | undefined, id: string): Package | undefined {
  const [, type, path = "", version, query = ""] =
    /^pkg:([a-z]+)\/redhat\/([^@?]+)(?:@([^?]+))?(?:\?(.*))?$/.exec(purl ?? "") ?? [];
  const isSource = /(^|&)arch=src(&|$)/.test(query) || /\.src$/.test(id);
  const full = readBuild(id);
  if (type === "rpmmod") return readModulePackage(decode(path));
  if (type === "rpm") {
    const epoch = /(?:^|&)epoch=(\d+)/.exec(query)?.[1] ?? full?.epoch ?? "0";
    const said = version === undefined ? undefined : withEpoch(epoch, decode(version));
    return { name: decode(path), isSource, ...omitUndefined({ version: said }) };
  }
  if (type !== undefined) return undefined;
  if (full !== undefined)
    return { name: full.name, isSource, version: withEpoch(full.epoch, full.version) };
  return readModulePackage(id) ?? { name: id, isSource };
}

/** "ruby:2.7/ruby" is the package ruby of the stream ruby:2.7; a stream alone is no package. */
function readModulePackage(text: string): Package | undefined {
  const [, module, name] = /^([^:/]+:[^:/]+)\/(.+)$/.exec(text) ?? [];
  return module === undefined || name === undefined ? undefined : { name, module, isSource: false };
}

/** "pkg:rpmmod/redhat/ruby@2.7:8080020230427102918:63b34585", or "...?rpmmod=ruby:2.7:8080020230427102918:63b34585". */
function readModule(purl: string | undefined): string | undefined {
  const [, name, stream] = /^pkg:rpmmod\/redhat\/([^@/?]+)@([^:?]+)/.exec(decode(purl ?? "")) ?? [];
  if (name !== undefined && stream !== undefined) return `${name}:${stream}`;
  return /[?&]rpmmod=([^:&]+:[^:&]+)/.exec(decode(purl ?? ""))?.[1];
}

function readBuild(id: string): { name: string; epoch: string; version: string } | undefined {
  const [, name, epoch, version] = /^(.+)-(\d+):([^:]+-[^:]+)\.[a-z0-9_]+$/.exec(id) ?? [];
  if (name === undefined || epoch === undefined || version === undefined) return undefined;
  return { name, epoch, version };
}

function withEpoch(epoch: string, version: string): string {
  return epoch === "0" ? version : `${epoch}:${version}`;
}

function decode(text: string): string {
  return text.replace(/%[0-9a-fA-F]{2}/g, (code) =>
    String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  );
}
