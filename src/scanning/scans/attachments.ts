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
import { ProblemError } from "../../platform/http/api/index.ts";
import { OWN_DOCUMENT } from "../decisions/claims.ts";
import type { DecisionViews } from "../decisions/decision-views.ts";
import { type AttachDeps, attachBill, attachDocument } from "./attach-document.ts";
import type { OtherSboms } from "./other-sboms.ts";
import type { ScanAccess } from "./scan-access.ts";
import type { Scans } from "./scans.ts";

interface AttachmentDeps extends AttachDeps {
  readonly scans: Scans;
  readonly views: DecisionViews;
  readonly others: OtherSboms;
  readonly access: ScanAccess;
}

const params = z.object({ "*": z.string().max(255) });
const config = { access: "anybody" } as const;

/** By which clients look for them among the referrers of an image. */
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
      const { format, ...named } = request.body;
      const { digest: subject, result, scannedAt } = await scans.getResult(place, named);
      const what = { subject, format, scanned: { result, scannedAt } };
      const wish = { place, by: byOf(caller), ...what };
      return await reply.code(201).send(await answer(subject, () => attachBill(deps, wish)));
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
      const attachment = { place, by: byOf(caller), ...what };
      const attaching = () => attachDocument(deps, attachment);
      return await reply.code(201).send(await answer(subject, attaching));
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

function byOf({ by, origin }: Caller) {
  return { principal: by, origin: () => origin };
}

async function answer(
  subject: Digest,
  attaching: () => Promise<Digest | undefined>,
): Promise<z.input<typeof attached>> {
  try {
    const digest = await attaching();
    if (digest === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return { digest, subject };
  } catch (cause) {
    if (!(cause instanceof OciError)) throw cause;
    // A quota, a rule or a hub that is read-only: what docker push would be told.
    throw new ProblemError(PROBLEMS.DENIED, { detail: cause.message, cause });
  }
}
