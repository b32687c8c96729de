import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import {
  contextDiff,
  newNote,
  newReview,
  newSubmission,
  OFFICIAL_PATH,
  submissionPage,
  submissionQuery,
  submission as submissionSchema,
} from "../../contract/official.ts";
import { toPage } from "../../contract/pages.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { findRepositoryName } from "../../repositories/index.ts";
import { distinctSources } from "./checks/definition-checks.ts";
import { diffContexts } from "./context-diff.ts";
import { findImage } from "./images-store.ts";
import type { SubmissionId } from "./official-tables.ts";
import { parseDefinition } from "./parse-definition.ts";
import { type Programme, personOf } from "./programme.ts";
import { type PublicationDeps, publish } from "./publication.ts";
import { createHubSources, type HubSourceDeps } from "./sources/hub-sources.ts";
import { SourceUnreadable } from "./sources/sources.ts";
import { standingOf } from "./standing.ts";
import { maySee, seesAll } from "./submission-news.ts";
import { findSubmission, listSubmissions, type Submission } from "./submissions-store.ts";

export interface SubmissionRouteDeps extends HubSourceDeps, PublicationDeps {
  readonly programme: Programme;
}

const PATH = `${OFFICIAL_PATH}/submissions`;
const config = { access: "account" } as const;
const operate = { access: "operate" } as const;
const params = z.object({ id: z.string().max(64) });
const ok = { params, response: { 200: submissionSchema } };
/** A definition, its documents and a logo. */
const BODY_BYTES = 2 * 1024 * 1024;

/** An author sees what is theirs, reviewers and administrators see all of it; to others there is nothing. */
export function createSubmissionRoutes(deps: SubmissionRouteDeps): FastifyPluginAsyncZod {
  const { database, programme } = deps;
  return async (app) => {
    const list = { querystring: submissionQuery, response: { 200: submissionPage } };
    app.get(PATH, { config, schema: list }, async (request) => {
      const caller = callerOf(request);
      const { name, state, before, limit } = request.query;
      const author = (await seesAll(database.reader, caller)) ? undefined : personOf(caller);
      const wish = { name, state, before, author, limit: limit + 1 };
      const found = await listSubmissions(database.reader, wish);
      const cards = await Promise.all(found.map((one) => toBody(deps, one)));
      return toPage(cards, limit, ({ id }) => String(id));
    });
    const create = { body: newSubmission, response: { 201: submissionSchema } };
    const large = { config, schema: create, bodyLimit: BODY_BYTES };
    app.post(PATH, large, async (request, reply) => {
      const id = await programme.submit(callerOf(request), request.body);
      const made = await findSubmission(database.reader, id);
      if (made === undefined) throw new Error("a submission is gone that was made just now");
      return reply.code(201).send(await toBody(deps, made));
    });
    app.get(`${PATH}/:id`, { config, schema: ok }, async (request) =>
      toBody(deps, await getSubmission(deps, callerOf(request), request.params.id)),
    );
    const diff = { params, response: { 200: contextDiff } };
    app.get(`${PATH}/:id/diff`, { config, schema: diff }, async (request) =>
      diffWithPublished(deps, await getSubmission(deps, callerOf(request), request.params.id)),
    );
    await app.register(createStepRoutes(deps));
  };
}

/** What takes a submission on its way. Each answers with it as it is then. */
function createStepRoutes(deps: SubmissionRouteDeps): FastifyPluginAsyncZod {
  const { database, programme } = deps;
  const after = async (id: SubmissionId) => {
    const found = await findSubmission(database.reader, id);
    if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return await toBody(deps, found);
  };
  return async (app) => {
    const steps = { check: programme.check, withdraw: programme.withdraw };
    for (const [name, step] of Object.entries(steps)) {
      app.post(`${PATH}/:id/${name}`, { config, schema: ok }, async (request) => {
        const caller = callerOf(request);
        const found = await getSubmission(deps, caller, request.params.id);
        await step.call(programme, caller, found);
        return await after(found.id);
      });
    }
    const note = { ...ok, body: newNote };
    app.post(`${PATH}/:id/notes`, { config, schema: note }, async (request) => {
      const caller = callerOf(request);
      const found = await getSubmission(deps, caller, request.params.id);
      await programme.answer(caller, found, request.body);
      return await after(found.id);
    });
    const review = { ...ok, body: newReview };
    app.post(`${PATH}/:id/reviews`, { config, schema: review }, async (request) => {
      const caller = callerOf(request);
      const found = await getSubmission(deps, caller, request.params.id);
      await programme.review(caller, found, request.body);
      return await after(found.id);
    });
    app.post(`${PATH}/:id/publish`, { config: operate, schema: ok }, async (request) => {
      const caller = callerOf(request);
      const found = await getSubmission(deps, caller, request.params.id);
      await publish(deps, caller, found);
      return await after(found.id);
    });
  };
}

async function diffWithPublished(deps: SubmissionRouteDeps, submission: Submission) {
  const { reader } = deps.database;
  const image = await findImage(reader, submission.name);
  const before = image && (await findSubmission(reader, image.submissionId));
  const sideOf = (one: Submission) => ({
    parsed: parseDefinition(one.definition),
    sources: createHubSources(deps, one),
  });
  try {
    const text = await diffContexts(before && sideOf(before), sideOf(submission));
    return { ...(before === undefined ? {} : { against: before.id }), text };
  } catch (cause) {
    if (!(cause instanceof SourceUnreadable)) throw cause;
    throw new ProblemError(PROBLEMS.OFFICIAL_STATE, { detail: cause.message, cause });
  }
}

/** Throws NOT_FOUND for another's as for none. */
async function getSubmission(
  { database: { reader } }: SubmissionRouteDeps,
  caller: Caller,
  id: string,
): Promise<Submission> {
  const found = /^[1-9]\d{0,14}$/.test(id)
    ? await findSubmission(reader, Number(id) as SubmissionId)
    : undefined;
  if (found === undefined || !(await maySee(reader, caller, found)))
    throw new ProblemError(PROBLEMS.NOT_FOUND);
  return found;
}

async function toBody(
  { database }: SubmissionRouteDeps,
  submission: Submission,
): Promise<z.input<typeof submissionSchema>> {
  const { reader } = database;
  const { id, name, state, why, definition, definitionHash, digest, repositoryId } = submission;
  const { documents } = submission;
  const standing = await standingOf(reader, submission);
  const stage =
    repositoryId === undefined ? undefined : await findRepositoryName(reader, repositoryId);
  return {
    ...{ id, name, state, definition, definitionHash, documents },
    ...(why === undefined ? {} : { why }),
    ...(digest === undefined ? {} : { digest }),
    ...(stage === undefined ? {} : { stage }),
    author: submission.author.name,
    security: submission.isSecurity,
    isNew: standing.isNew,
    commits: distinctSources(parseDefinition(definition)).map(({ gitCommit }) => gitCommit),
    images: submission.images.map((image) => ({ ...image, tags: [...image.tags] })),
    indexes: submission.indexes.map(({ tags, digest: whole, images }) => ({
      ...{ tags: [...tags], digest: whole, images: [...images] },
    })),
    checks: submission.checks.map((check) => ({ ...check, details: [...check.details] })),
    notes: standing.notes.map((note) => ({
      ...{ check: note.check_number, text: note.text, by: note.author },
      counts: note.digest === digest,
    })),
    reviews: standing.reviews.map((review) => ({
      ...{ reviewer: review.reviewer, verdict: review.verdict, note: review.note },
      ...{ digest: review.digest, counts: review.counts },
      at: new Date(review.created_at).toISOString(),
    })),
    approvals: standing.approvals,
    approvalsNeeded: standing.approvalsNeeded,
    unanswered: [...standing.unanswered],
    objections: [...standing.objections],
    createdAt: submission.createdAt.toISOString(),
    changedAt: submission.changedAt.toISOString(),
  };
}
