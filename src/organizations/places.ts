import type { Kysely } from "kysely";
import {
  findFormerNamespace,
  findNamespace,
  getNamespace,
  type Namespace,
  type NamespaceName,
} from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import {
  findFormerName,
  findRepositoryById,
  findWholeRepository,
  isKeptBack,
  nameKeyOf,
  type Repository,
  type RepositoryTables,
} from "../repositories/index.ts";

/** What a name stands for. */
export interface Place {
  readonly name: RepositoryName;
  readonly namespace: Namespace | undefined;
  readonly repository: Repository | undefined;
}

export interface Findings {
  /** By the name alone, as if nothing had ever had another. */
  readonly literal: Place;
  /** Where the name leads, if it is one that was given up. */
  readonly moved: Place | undefined;
  /** Something had the name until lately. */
  readonly isKeptBack: boolean;
}

type Db = Kysely<RepositoryTables>;

/** Asks the same for a name that is there and for one that is not: how long it takes must not tell. */
export async function findPlaces(db: Db, name: RepositoryName, now: Date): Promise<Findings> {
  const [first = ""] = name.split("/", 1);
  const namespace = await findNamespace(db, first as NamespaceName);
  const repository = await findWholeRepository(db, name);
  const literal = { name, namespace, repository };
  const former = await findFormerName(db, nameKeyOf(name, namespace));
  if (repository !== undefined) return { literal, moved: undefined, isKeptBack: false };
  if (namespace === undefined) {
    const moved = await findInRenamed(db, name, first as NamespaceName);
    return { literal, moved, isKeptBack: moved !== undefined };
  }
  const target = former?.repositoryId && (await findRepositoryById(db, former.repositoryId));
  return {
    literal,
    moved: target ? await toPlace(db, target) : undefined,
    isKeptBack: isKeptBack(former, now),
  };
}

/** `old/api` where `old` was renamed: `new/api`, or whatever became of that since. */
async function findInRenamed(
  db: Db,
  asked: RepositoryName,
  first: NamespaceName,
): Promise<Place | undefined> {
  const namespace = await findFormerNamespace(db, first);
  if (namespace === undefined) return undefined;
  const name = (namespace.name + asked.slice(first.length)) as RepositoryName;
  const repository = await findWholeRepository(db, name);
  if (repository !== undefined) return { name, namespace, repository };
  const former = await findFormerName(db, nameKeyOf(name, namespace));
  const target = former?.repositoryId && (await findRepositoryById(db, former.repositoryId));
  return target ? await toPlace(db, target) : { name, namespace, repository: undefined };
}

async function toPlace(db: Db, repository: Repository): Promise<Place> {
  const { name, namespaceId } = repository;
  const namespace = namespaceId === undefined ? undefined : await getNamespace(db, namespaceId);
  return { name, namespace, repository };
}
