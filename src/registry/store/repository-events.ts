import type { Kysely } from "kysely";
import type { OpenTransaction, Origin, Principal } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { recordEvent } from "../../platform/jobs/index.ts";
import {
  ensureRepository,
  findRepository,
  type PushTarget,
  type RepositoryId,
} from "../../repositories/index.ts";
import type { RegistryTables } from "./tables.ts";

type Trx = Kysely<RegistryTables>;

/** Who did it, and where the request came from, which costs a moment to find out. */
export interface By {
  readonly principal: Principal;
  readonly origin: () => Origin;
}

/** What else comes with a repository that was made just now, such as rights to it. Part of the push's transaction. */
export type SettleRepository = (
  trx: OpenTransaction,
  made: { readonly id: RepositoryId; readonly now: Date },
) => Promise<void>;

/** The repository's id; the first push to a name makes it, and that is an event. */
export async function openRepository(
  trx: Trx,
  wish: {
    readonly target: PushTarget;
    readonly by: By;
    readonly now: Date;
    readonly settle: SettleRepository;
  },
): Promise<RepositoryId> {
  const { target, by, now, settle } = wish;
  const { name } = target;
  const known = await findRepository(trx, name);
  const made = await ensureRepository(trx, target, now);
  if (known !== undefined) return known;
  await settle(trx, { id: made, now });
  const payload = { repository: name, repositoryId: made, ...describe(by) };
  await recordEvent(trx, { topic: "repository.created", orderingKey: name, payload, at: now });
  return made;
}

export interface BlobEvent {
  readonly topic: "blob.pushed" | "blob.mounted" | "blob.deleted";
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly size?: number;
  readonly fromRepository?: RepositoryName | undefined;
  readonly by: By;
  readonly at: Date;
}

/** Layers come in great numbers: write these only while somebody listens. */
export async function recordBlobEvent(trx: Trx, event: BlobEvent): Promise<void> {
  const { topic, by, at, ...rest } = event;
  const payload = { ...rest, mediaType: "application/octet-stream", ...describe(by) };
  await recordEvent(trx, { topic, orderingKey: rest.repository, payload, at });
}

function describe({ principal, origin }: By) {
  return { actor: principal.name, ...origin() };
}
