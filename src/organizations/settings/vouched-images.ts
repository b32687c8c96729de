import type { ImageRestrictor } from "../../access/index.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { RepositoryName } from "../../oci/name.ts";

/** What the hub vouches for: known to who publishes official images and keeps the list of publishers. */
export interface VouchedImages {
  /** Published by the programme of official images, and maintained. */
  isOfficial(name: RepositoryName): Promise<boolean>;
  /** Whether administrators vouch for who publishes there. */
  isVerified(namespace: NamespaceId): Promise<boolean>;
  listPublishers(): Promise<readonly NamespaceId[]>;
}

/** The first of them that keeps what is public in the place from its members; asks no more of the place than they need. */
export async function findRestrictor(
  restrictors: readonly ImageRestrictor[],
  vouched: Pick<VouchedImages, "isOfficial" | "isVerified">,
  place: { readonly name: RepositoryName; readonly namespaceId: NamespaceId | undefined },
): Promise<ImageRestrictor | undefined> {
  const { name, namespaceId } = place;
  const asksOfficial = restrictors.some(({ allowsOfficial }) => allowsOfficial);
  const asksVerified = restrictors.some(({ allowsVerified }) => allowsVerified);
  const isOfficial = asksOfficial && (await vouched.isOfficial(name));
  const isVerified =
    asksVerified && namespaceId !== undefined && (await vouched.isVerified(namespaceId));
  return restrictors.find(
    ({ allowsOfficial, allowsVerified }) =>
      !((allowsOfficial && isOfficial) || (allowsVerified && isVerified)),
  );
}
