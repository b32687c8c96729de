import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { Journal } from "../access/index.ts";
import type { NamespaceTables } from "../namespaces/index.ts";
import type { BlobStore } from "../platform/blobs/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import { Provenance, type ProvenanceDeps } from "./hub/provenance.ts";
import { createSignatureRoutes, type SignatureRouteDeps } from "./hub/signature-routes.ts";
import { SignatureWorker } from "./hub/signature-worker.ts";
import { noteTrustedRoot, TrustInForce } from "./hub/trust-in-force.ts";
import { createTrustRoutes, type TrustRouteDeps } from "./hub/trust-routes.ts";
import { TrustedSigners } from "./hub/trusted-signers.ts";
import type { SigningTables } from "./tables.ts";

export interface SigningDeps
  extends Pick<SignatureRouteDeps, "getRepository">,
    Pick<TrustRouteDeps, "getPlace">,
    Pick<ProvenanceDeps, "listNotarySignatures"> {
  readonly database: Database<SigningTables & NamespaceTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
  readonly journal: Journal;
  /** The text of a `trusted_root.json`; undefined: no keyless signature counts. */
  readonly trustedRoot: string | undefined;
  readonly clock: () => Date;
  readonly log: Logger;
}

export interface Signing {
  readonly routes: readonly FastifyPluginAsyncZod[];
  readonly jobs: readonly PeriodicJob[];
}

/** Soon enough for whoever signs an image and then pulls it; looking costs one number. */
const FOLLOW_MS = 250;
const FORGET_MS = 3_600_000;

/** Verifies signatures as they arrive and when what is trusted changes, and says who signed what. */
export async function createSigning(deps: SigningDeps): Promise<Signing> {
  const { database, trustedRoot = "" } = deps;
  const trust = new TrustInForce(deps);
  await database.write((trx) => noteTrustedRoot(trx, trustedRoot));
  const worker = new SignatureWorker({ ...deps, trust });
  return {
    routes: [
      createSignatureRoutes({ ...deps, evidence: new Provenance(deps) }),
      createTrustRoutes({ ...deps, signers: new TrustedSigners(deps) }),
    ],
    jobs: [
      { name: "verify signatures", everyMs: FOLLOW_MS, run: (signal) => worker.work(signal) },
      {
        name: "forget signatures that are gone",
        everyMs: FORGET_MS,
        run: (signal) => worker.forgetGone(signal),
      },
    ],
  };
}
