import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import { z } from "zod";
import { type Caller, callerOf, type Journal } from "../../access/index.ts";
import type { DeedName } from "../../contract/deeds.ts";
import {
  newStatus,
  OFFICIAL_PATH,
  officialImage,
  officialImages,
  officialName,
  publishers,
  reviewers,
} from "../../contract/official.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import {
  findNamespace,
  getNamespace,
  type NamespaceId,
  type NamespaceName,
  type NamespaceTables,
} from "../../namespaces/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import {
  addPublisher,
  findImage,
  listImages,
  listPublishers,
  type OfficialImage,
  removePublisher,
  setStatus,
} from "./images-store.ts";
import type { OfficialTables } from "./official-tables.ts";
import { addReviewer, listReviewers, removeReviewer } from "./reviews-store.ts";
import { findRebuild } from "./submissions-store.ts";

export interface LibraryRouteDeps {
  readonly database: Database<OfficialTables & NamespaceTables>;
  readonly journal: Journal;
  /** Who looks at submissions may pull what was built of them, from now on or no more. */
  readonly onReviewer: (
    trx: Kysely<OfficialTables & NamespaceTables>,
    account: NamespaceId,
    isReviewer: boolean,
  ) => Promise<void>;
  /** After somebody's rights or what the hub vouches for have changed. */
  readonly onChange: () => void;
  readonly clock: () => Date;
}

type Trx = Kysely<OfficialTables & NamespaceTables>;

const config = { access: "anybody" } as const;
const operate = { access: "operate" } as const;
const named = z.object({ name: officialName });
const holder = z.object({ name: z.string().max(255) });

/** What the hub vouches for, which everybody may know; and who looks at it, whom administrators name. */
export function createLibraryRoutes(deps: LibraryRouteDeps): FastifyPluginAsyncZod {
  const { database, journal } = deps;
  return async (app) => {
    const list = { response: { 200: officialImages } };
    app.get(`${OFFICIAL_PATH}/images`, { config, schema: list }, async () => ({
      items: await toBodies(database.reader, await listImages(database.reader)),
    }));
    const show = { params: named, response: { 200: officialImage } };
    app.get(`${OFFICIAL_PATH}/images/:name`, { config, schema: show }, async (request) =>
      toBody(database.reader, await getImage(database.reader, request.params.name)),
    );
    const change = { params: named, body: newStatus, response: { 200: officialImage } };
    const path = `${OFFICIAL_PATH}/images/:name/status`;
    app.put(path, { config: operate, schema: change }, async (request) => {
      const { by, origin } = callerOf(request);
      const { name } = request.params;
      await database.write(async (trx) => {
        const before = await getImage(trx, name);
        await setStatus(trx, { name, ...request.body });
        await journal.record(trx, {
          ...{ action: "official.image.status", by, origin },
          ...{ account: "library", name: `library/${name}`, after: request.body },
          before: { status: before.status, reason: before.reason },
        });
      });
      deps.onChange();
      return await toBody(database.reader, await getImage(database.reader, name));
    });
    await app.register(
      createHolderRoutes(deps, {
        path: `${OFFICIAL_PATH}/reviewers`,
        ...{ key: "name", kind: "user", schema: reviewers },
        ...{ added: "official.reviewer.add", removed: "official.reviewer.remove" },
        ...{ list: listReviewers, remove: removeReviewer, add: addReviewer },
        onChange: deps.onReviewer,
      }),
    );
    await app.register(
      createHolderRoutes(deps, {
        path: `${OFFICIAL_PATH}/publishers`,
        ...{ key: "namespace", kind: undefined, schema: publishers },
        ...{ added: "official.publisher.add", removed: "official.publisher.remove" },
        ...{ list: listPublishers, add: addPublisher, remove: removePublisher },
        onChange: async () => undefined,
      }),
    );
  };
}

/** People or namespaces that administrators put on a list. */
interface Holders {
  readonly path: string;
  readonly key: string;
  readonly kind: "user" | undefined;
  readonly schema: z.ZodType;
  readonly added: DeedName;
  readonly removed: DeedName;
  readonly list: (db: Kysely<OfficialTables>) => Promise<NamespaceId[]>;
  readonly add: (trx: Kysely<OfficialTables>, id: NamespaceId, now: Date) => Promise<void>;
  readonly remove: (trx: Kysely<OfficialTables>, id: NamespaceId) => Promise<boolean>;
  /** In the same transaction. */
  readonly onChange: LibraryRouteDeps["onReviewer"];
}

function createHolderRoutes(
  { database, journal, onChange, clock }: LibraryRouteDeps,
  holders: Holders,
): FastifyPluginAsyncZod {
  const { path, key, schema } = holders;
  const listed = async () => {
    const ids = await holders.list(database.reader);
    const found = await Promise.all(ids.map((id) => getNamespace(database.reader, id)));
    return { items: found.map(({ name }) => ({ [key]: name })) };
  };
  const record = async (trx: Trx, caller: Caller, deed: { action: DeedName; name: string }) => {
    const { by, origin } = caller;
    await journal.record(trx, { ...deed, by, origin, account: deed.name });
  };
  return async (app) => {
    const access = key === "name" ? operate : config;
    app.get(path, { config: access, schema: { response: { 200: schema } } }, listed);
    const one = { params: holder, response: { 200: schema } };
    app.put(`${path}/:name`, { config: operate, schema: one }, async (request) => {
      await database.write(async (trx) => {
        const { id, name } = await getHolder(trx, request.params.name, holders.kind);
        await holders.add(trx, id, clock());
        await holders.onChange(trx, id, true);
        await record(trx, callerOf(request), { action: holders.added, name });
      });
      onChange();
      return await listed();
    });
    app.delete(`${path}/:name`, { config: operate, schema: one }, async (request) => {
      await database.write(async (trx) => {
        const { id, name } = await getHolder(trx, request.params.name, holders.kind);
        if (!(await holders.remove(trx, id))) throw new ProblemError(PROBLEMS.NOT_FOUND);
        await holders.onChange(trx, id, false);
        await record(trx, callerOf(request), { action: holders.removed, name });
      });
      onChange();
      return await listed();
    });
  };
}

/** Throws NOT_FOUND. */
async function getHolder(trx: Trx, name: string, kind: "user" | undefined) {
  const found = await findNamespace(trx, name.toLowerCase() as NamespaceName);
  if (found === undefined || (kind !== undefined && found.kind !== kind))
    throw new ProblemError(PROBLEMS.NOT_FOUND);
  return found;
}

/** Throws NOT_FOUND. */
async function getImage(db: Kysely<OfficialTables>, name: string): Promise<OfficialImage> {
  const found = await findImage(db, name);
  if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return found;
}

async function toBodies(db: Kysely<OfficialTables>, images: readonly OfficialImage[]) {
  return await Promise.all(images.map((image) => toBody(db, image)));
}

async function toBody(
  db: Kysely<OfficialTables>,
  image: OfficialImage,
): Promise<z.input<typeof officialImage>> {
  const { name, status, reason, tags, unmaintained, attention } = image;
  const rebuild = await findRebuild(db, image.submissionId);
  const isOpen = rebuild !== undefined && rebuild.state !== "withdrawn";
  const vulnerable = new Set(attention.map(({ id }) => id)).size;
  const flags = [
    ...image.flags,
    ...(vulnerable === 0
      ? []
      : [`it needs a rebuild: newer packages mend ${vulnerable} of its vulnerabilities`]),
  ];
  return {
    ...(isOpen ? { rebuild: rebuild.id } : {}),
    attention: [...attention],
    ...{ name, reason, repository: `library/${name}` },
    badge: status === "maintained" ? "official" : status,
    ...{ tags: [...tags], unmaintained: [...unmaintained], flags: [...flags] },
    submission: image.submissionId,
    publishedAt: image.publishedAt.toISOString(),
  };
}
