import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import {
  attached,
  SBOM_COMPARISONS_PATH,
  SBOMS_PATH,
  sbomComparison,
  sbomQuery,
  scanQuery,
} from "../../contract/scans.ts";
import { VEX_ATTACHMENTS_PATH, vexAttachment } from "../../contract/vex.ts";
import type { Digest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { type Attacher, findManifestOf, type RegistryTables } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import { OWN_DOCUMENT } from "../decisions/claims.ts";
import type { DecisionViews } from "../decisions/decision-views.ts";
import type { OtherSboms } from "./other-sboms.ts";
import { OWN_SBOM } from "./other-sboms.ts";
import type { ScanAccess } from "./scan-access.ts";
import type { Scans } from "./scans.ts";

interface AttachmentDeps {
  readonly database: Database<RegistryTables>;
  readonly scans: Scans;
  readonly views: DecisionViews;
  readonly others: OtherSboms;
  readonly access: ScanAccess;
  readonly attacher: Pick<Attacher, "attach">;
  /** Of this program. */
  readonly version: string;
}

const params = z.object({ "*": z.string().max(255) });
const config = { access: "anybody" } as const;

/** By which clients look for them among the referrers of an image. */
const SBOM_TYPES = {
  cyclonedx: "application/vnd.cyclonedx+json",
  spdx: "application/spdx+json",
  spdx3: "application/spdx+json",
} as const;
const VEX_TYPES = {
  openvex: "application/vnd.openvex+json",
  cyclonedx: "application/vnd.cyclonedx+json",
} as const;

/** Documents beside images: those that the hub attaches when it is asked to, and those that came with them. */
export function createAttachmentRoutes(deps: AttachmentDeps): FastifyPluginAsyncZod {
  const { scans, views, others, access } = deps;
  return async (app) => {
    const bill = { params, body: sbomQuery, response: { 201: attached } };
    app.post(`${SBOMS_PATH}/*`, { config, schema: bill }, async (request, reply) => {
      const caller = callerOf(request);
      const place = await access.getRepository(caller, request.params["*"], "push");
      const { format, ...wish } = request.body;
      const { digest: subject, result, scannedAt } = await scans.getResult(place, wish);
      const facts = {
        ...{ name: place.name, digest: subject, diffIds: result.diffIds },
        // The same scan gives the same document.
        ...{ id: uuidOf(subject), created: scannedAt, version: deps.version },
      };
      const { writeBill } = await import("../sbom/write-bill.ts");
      const document = Buffer.from(
        writeBill(format, { inventory: result.inventory, subject: facts }),
      );
      const annotations = { [OWN_SBOM]: format };
      const what = { subject, artifactType: SBOM_TYPES[format], document, annotations };
      return await reply.code(201).send(await attach(deps, { place, caller, ...what }));
    });
    const decided = { params, body: vexAttachment, response: { 201: attached } };
    app.post(`${VEX_ATTACHMENTS_PATH}/*`, { config, schema: decided }, async (request, reply) => {
      const caller = callerOf(request);
      const place = await access.getRepository(caller, request.params["*"], "push");
      const { format, reference } = request.body;
      const { digest: subject } = await scans.getResult(place, { reference });
      const level = { kind: "repository", id: place.id, name: place.name, repository: place };
      const wish = { format, reference: subject };
      const written = await views.write(level as Parameters<typeof views.write>[0], wish, caller);
      const annotations = { [OWN_DOCUMENT]: format };
      const document = Buffer.from(JSON.stringify(written));
      const what = { subject, artifactType: VEX_TYPES[format], document, annotations };
      return await reply.code(201).send(await attach(deps, { place, caller, ...what }));
    });
    const compare = { params, querystring: scanQuery, response: { 200: sbomComparison } };
    app.get(`${SBOM_COMPARISONS_PATH}/*`, { config, schema: compare }, async (request) => {
      const place = await access.getRepository(callerOf(request), request.params["*"], "pull");
      const { digest, result } = await scans.getResult(place, request.query);
      const { packages } = result.inventory;
      return {
        ...{ image: `${place.name}:${request.query.reference}`, digest },
        packages: packages.length,
        sboms: [...(await others.compare(place, { digest, packages }))],
      };
    });
  };
}

async function attach(
  { database, attacher }: Pick<AttachmentDeps, "database" | "attacher">,
  wish: {
    readonly place: Repository;
    readonly caller: Caller;
    readonly subject: Digest;
    readonly artifactType: string;
    readonly document: Buffer;
    readonly annotations: Readonly<Record<string, string>>;
  },
): Promise<z.input<typeof attached>> {
  const { place, caller, subject: digest, ...what } = wish;
  const found = await findManifestOf(database.reader, place.id, digest);
  if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  const subject = { mediaType: found.mediaType, digest, size: found.payload.length };
  try {
    const by = { principal: caller.by, origin: () => caller.origin };
    return { digest: await attacher.attach(place, { ...what, subject }, by), subject: digest };
  } catch (cause) {
    if (!(cause instanceof OciError)) throw cause;
    // A quota, a rule or a hub that is read-only: what docker push would be told.
    throw new ProblemError(PROBLEMS.DENIED, { detail: cause.message, cause });
  }
}

/** A UUID of version 8 (RFC 9562): of the image, so that the same document is not attached twice. */
function uuidOf(digest: Digest): string {
  const hex = digest.replace(/^\w+:/, "").slice(0, 32);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join("-");
}
