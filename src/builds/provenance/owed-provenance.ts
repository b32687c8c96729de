import type { Kysely } from "kysely";
import { z } from "zod";
import type { Digest } from "../../oci/digest.ts";
import type { Builder, IsolationLevel } from "../builder/builder.ts";
import type { BuildId, BuildTables } from "../tables.ts";
import type { DescribedImages } from "./describe-images.ts";
import { findLevel } from "./find-level.ts";

type Db = Kysely<BuildTables>;

/** Of an image that was published. */
export interface OwedImage {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  /** Undefined for an index. */
  readonly platform?: string | undefined;
  /** How it was built is said already. */
  readonly isSaid: boolean;
}

/**
 * What only the hub that built an image knows: kept beside its tags when these move, so that the next hub can say it where this one
 * ends before it has.
 */
export interface OwedProvenance {
  /** What the tags lead to, then what is in it where it is an index. */
  readonly images: readonly OwedImage[];
  readonly builder: { readonly id: string; readonly level: IsolationLevel };
  readonly finishedAt: Date;
}

const owedSchema = z.object({
  images: z.array(
    z.object({
      ...{ mediaType: z.string(), digest: z.custom<Digest>(), size: z.int() },
      ...{ platform: z.string().optional(), isSaid: z.boolean() },
    }),
  ),
  builder: z.object({ id: z.string(), level: z.enum(["trusted", "contained", "remote"]) }),
  finishedAt: z.coerce.date(),
});

export async function oweProvenance(
  deps: { readonly builder: Pick<Builder, "id" | "probe">; readonly clock: () => Date },
  { whole, parts }: DescribedImages,
): Promise<OwedProvenance> {
  const images = [whole, ...parts].map(({ mediaType, digest, size, platform }) => ({
    ...{ mediaType, digest, size, platform, isSaid: false },
  }));
  const builder = { id: deps.builder.id, level: await findLevel(deps.builder) };
  return { images, builder, finishedAt: deps.clock() };
}

export async function saveOwed(trx: Db, id: BuildId, owed: OwedProvenance): Promise<void> {
  const kept = { owed_provenance: JSON.stringify(owed) };
  await trx.updateTable("builds").set(kept).where("id", "=", id).execute();
}

/** Undefined for what hubs of former versions published. */
export async function findOwed(db: Db, id: BuildId): Promise<OwedProvenance | undefined> {
  const row = await db
    .selectFrom("builds")
    .select("owed_provenance")
    .where("id", "=", id)
    .executeTakeFirst();
  const kept = row?.owed_provenance ?? undefined;
  return kept === undefined ? undefined : owedSchema.parse(JSON.parse(kept));
}
