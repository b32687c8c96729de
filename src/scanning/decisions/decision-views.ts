import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import type { z } from "zod";
import type { Caller } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { VexDecision, vexExportQuery, vexImport, vexImported } from "../../contract/vex.ts";
import { getNamespace, type NamespaceId } from "../../namespaces/index.ts";
import type { Digest } from "../../oci/digest.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import { findRepositoryById, type RepositoryId } from "../../repositories/index.ts";
import { toPackageUrl } from "../sbom/package-url.ts";
import { readPacked } from "../store/layer-reports-store.ts";
import type { ScanResult } from "../store/scan-result.ts";
import { findScan } from "../store/scans-store.ts";
import type { ScanningTables } from "../tables.ts";
import type { Decision, DecisionScope } from "./decision.ts";
import type { Level } from "./decision-access.ts";
import { type Decisions, isInForce } from "./decisions.ts";
import { readVex } from "./documents/read-vex.ts";
import { writeVex } from "./documents/write-vex.ts";

interface ViewDeps {
  readonly db: Kysely<ScanningTables & RegistryTables>;
  readonly decisions: Decisions;
  readonly clock: () => Date;
  /** Of this program. */
  readonly version: string;
}

/** Decisions as people and documents put them. */
export class DecisionViews {
  readonly #deps: ViewDeps;

  constructor(deps: ViewDeps) {
    this.#deps = deps;
  }

  async list(level: Level, isEverything: boolean): Promise<readonly VexDecision[]> {
    return await this.describe(await this.#deps.decisions.list(level, isEverything));
  }

  async describe(decisions: readonly Decision[]): Promise<readonly VexDecision[]> {
    const names = new Map<string, string | null>();
    const described: VexDecision[] = [];
    for (const decision of decisions) {
      const { scope } = decision;
      const key = `${scope.kind === "namespace"} ${scope.id}`;
      const name = names.get(key) ?? (await this.#nameOf(scope));
      names.set(key, name);
      described.push(this.#toBody(decision, name));
    }
    return described;
  }

  /** Where a decision was made, which says who may take it back. Throws NOT_FOUND for what is over. */
  async levelOf(id: string): Promise<{ readonly kind: Level["kind"]; readonly name: string }> {
    const { scope } = await this.#deps.decisions.get(id);
    const name = await this.#nameOf(scope);
    if (name === null && scope.kind !== "hub") throw new ProblemError(PROBLEMS.NOT_FOUND);
    return { kind: scope.kind === "image" ? "repository" : scope.kind, name: name ?? "hub" };
  }

  /** A document of what counts: at the level alone, or for one image from all levels. */
  async write(
    level: Level,
    { format, reference }: z.output<typeof vexExportQuery>,
    { by, baseUrl }: Caller,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { decisions: rules, clock, version } = this.#deps;
    const about = { id: randomUUID(), created: clock(), version };
    const author = baseUrl === undefined ? by.name : `${by.name} at ${baseUrl}`;
    if (reference === undefined) {
      const found = await rules.list(level, false);
      const own = found.filter(({ scope }) => scope.kind !== "image");
      const subject = { ...about, author, title: level.name, purlsOf: toGenericPurls };
      return writeVex(format, own, subject);
    }
    if (level.kind !== "repository") {
      const detail = "a reference names an image of a repository: name the repository";
      throw new ProblemError(PROBLEMS.DECISION_INVALID, { detail });
    }
    const { digest, decisions } = await rules.listFor(level.repository, reference);
    const purlsOf = await this.#purlsIn(digest);
    return writeVex(format, decisions, { ...about, author, title: level.name, digest, purlsOf });
  }

  async read(
    level: Level,
    wish: z.output<typeof vexImport>,
    caller: Caller,
  ): Promise<z.input<typeof vexImported>> {
    const document = readVex(wish.document);
    if (document === undefined) {
      const detail = "it is neither OpenVEX nor CycloneDX with vulnerabilities";
      throw new ProblemError(PROBLEMS.DOCUMENT_INVALID, { detail });
    }
    const { reason, reference, expiresAt } = wish;
    const options = { reason, reference, expiresAt, caller };
    return await this.#deps.decisions.importDocument(level, document, options);
  }

  /** Purls of the packages of an image that a decision names; of what the image does not hold, its name. */
  async #purlsIn(digest: Digest | undefined): Promise<(decision: Decision) => readonly string[]> {
    const scan = digest && (await findScan(this.#deps.db, digest));
    if (scan?.result === undefined) return toGenericPurls;
    const { inventory } = (await readPacked(scan.result)) as ScanResult;
    return (decision) => {
      const { package: name } = decision;
      if (name === undefined) return [];
      const found = inventory.packages.filter(
        (one) => one.name === name || one.source?.name === name,
      );
      const purls = found.flatMap((one) => toPackageUrl(one, inventory.distribution) ?? []);
      return purls.length === 0 ? toGenericPurls(decision) : [...new Set(purls)];
    };
  }

  async #nameOf({ kind, id }: DecisionScope): Promise<string | null> {
    const { db } = this.#deps;
    if (kind === "hub") return null;
    if (kind === "namespace") return (await getNamespace(db, id as NamespaceId)).name;
    return (await findRepositoryById(db, id as RepositoryId))?.name ?? null;
  }

  #toBody(decision: Decision, name: string | null): VexDecision {
    const { id, scope, vulnerability, status, reason, author, createdAt } = decision;
    const { justification = null, expiresAt, endedAt, revokedBy = null } = decision;
    const isCounting = isInForce(decision, this.#deps.clock());
    const over = endedAt !== undefined && revokedBy !== null ? "revoked" : "expired";
    return {
      ...{ id, vulnerability, status, justification, reason, author, revokedBy },
      scope: { kind: scope.kind, name, digest: scope.digest ?? null },
      package: decision.package ?? null,
      version: decision.version ?? null,
      createdAt: createdAt.toISOString(),
      expiresAt: expiresAt?.toISOString() ?? null,
      state: isCounting ? "in force" : over,
    };
  }
}

function toGenericPurls({ package: name, version }: Decision): readonly string[] {
  if (name === undefined) return [];
  const suffix = version === undefined ? "" : `@${encodeURIComponent(version)}`;
  return [`pkg:generic/${encodeURIComponent(name)}${suffix}`];
}
