import { randomBytes } from "node:crypto";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { originOf } from "../../access/index.ts";
import { SOURCE_PATHS } from "../../contract/build-sources.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { PublicAddress } from "../../platform/http/index.ts";
import type { Sealing } from "../../platform/keys/index.ts";
import { SharedSlots } from "../shared-slots.ts";
import type { BuildTables } from "../tables.ts";
import { deliveryNamesOf, type HookEvent, readHookEvent } from "./hook-event.ts";
import { type HookDelivery, isSigned } from "./hook-signature.ts";
import { tellSource } from "./source-news.ts";
import { contextOf } from "./source-secrets.ts";
import { type BuildSource, findSource, rememberDelivery, wantSource } from "./sources-store.ts";

export interface HookRouteDeps extends Pick<PublicAddress, "clientAddressOf"> {
  readonly database: Database<BuildTables>;
  readonly sealing: Pick<Sealing, "unseal">;
  readonly onWanted: () => void;
  readonly clock: () => Date;
}

/** Large enough for a push of thousands of files, of which the hub reads a few words. */
const BODY_BYTES = 8 * 1024 * 1024;
const AT_ONCE = { all: 64, each: 8 };
/** For all of a body: Git servers send theirs in less than a second. */
const BODY_MS = 20_000;
const NO_JSON = { detail: "the body is no JSON object" };
const UNSIGNED = { detail: "the signature is missing or wrong" };
const REPLAYED = {
  ...{ status: 409, title: "this delivery came before" },
  detail: "sign another id with it (Standard Webhooks), or have the source fetched",
};
/** Compared with where there is no source, so that the answer takes as long as where there is one. */
const NOBODY = randomBytes(32).toString("base64url");

/** Where Git servers say that something was pushed. Their word is taken for where to look, and for nothing else. */
export function createHookRoutes(deps: HookRouteDeps): FastifyPluginAsyncZod {
  const { clock } = deps;
  const slots = new SharedSlots(AT_ONCE);
  return async (app) => {
    // Signatures are over the bytes as they came.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    const params = z.object({ id: z.string().max(64) });
    app.post(
      `${SOURCE_PATHS.hook}/:id`,
      {
        config: { access: "public" },
        schema: { params, hide: true },
        bodyLimit: BODY_BYTES,
        preParsing: async ({ raw }) => {
          const slot = slots.take(originOf(raw, deps).address);
          if (slot === undefined) throw new ProblemError(PROBLEMS.TOO_MANY_REQUESTS);
          const late = setTimeout(() => raw.socket.destroy(), BODY_MS);
          raw.once("end", () => clearTimeout(late));
          raw.once("close", () => {
            clearTimeout(late);
            slot[Symbol.dispose]();
          });
        },
      },
      async (request, reply) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const delivery = { headers: request.headers, body, now: clock() };
        const source = await open(deps, request.params.id, delivery);
        const event = readHookEvent(source.provider, delivery);
        if (event === undefined) throw new ProblemError(PROBLEMS.DOCUMENT_INVALID, NO_JSON);
        const answer = await take(deps, { source, event, delivery });
        return reply
          .code(event.kind === "push" || event.kind === "proposal" ? 202 : 200)
          .send(answer);
      },
    );
  };
}

/** Throws NOT_FOUND, or UNAUTHORIZED for what that source's server did not sign. */
async function open(
  { database, sealing }: HookRouteDeps,
  id: string,
  delivery: HookDelivery,
): Promise<BuildSource> {
  const source = await findSource(database.reader, id);
  const secret =
    source === undefined
      ? NOBODY
      : sealing.unseal(source.sealedHookSecret, contextOf(source.id, "hook"));
  const isRight = isSigned(source?.provider ?? "github", secret, delivery);
  if (source === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  if (!isRight) throw new ProblemError(PROBLEMS.UNAUTHORIZED, UNSIGNED);
  return source;
}

async function take(
  { database, onWanted, clock }: HookRouteDeps,
  hint: { source: BuildSource; event: HookEvent; delivery: HookDelivery },
): Promise<{ readonly message: string }> {
  const { source, event, delivery } = hint;
  if (event.kind === "ping") return { message: "the hub hears you" };
  if (event.kind === "other") return { message: "nothing is built of this" };
  // In one transaction: what is remembered will be looked at, however the hub ends.
  await database.write(async (trx) => {
    for (const name of deliveryNamesOf(source.provider, delivery)) {
      const isNew = await rememberDelivery(trx, {
        source: source.id,
        delivery: name,
        now: clock(),
      });
      if (!isNew) throw new ProblemError(REPLAYED);
    }
    const refs = event.kind === "proposal" || event.removes ? [] : event.refs;
    const proposals = event.kind === "proposal" ? [event.proposal] : [];
    await wantSource(trx, { id: source.id, refs, proposals, now: clock() });
    await tellSource(trx, source.repositoryId, clock());
  });
  onWanted();
  return { message: "the hub looks what is there" };
}
