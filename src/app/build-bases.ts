import type { Principal } from "../access/index.ts";
import { printDenial } from "../access/index.ts";
import { type BaseSource, BuildFailed } from "../builds/index.ts";
import { OciError } from "../oci/error.ts";
import { isRepositoryName } from "../oci/name.ts";
import { parseReference } from "../oci/reference.ts";
import type { BlobStore } from "../platform/blobs/index.ts";
import type { PullGate, Registry } from "../registry/index.ts";
import type { Identity } from "./compose-identity.ts";

interface OwnImages {
  readonly authoriser: Identity["access"]["authoriser"];
  readonly gate: PullGate;
  readonly manifests: Registry["manifests"];
  readonly blobs: Pick<BlobStore, "read">;
}

/** This hub's own images as bases: what who builds may pull, and what no policy stops. */
export async function openOwnImages(
  { authoriser, gate, manifests, blobs }: OwnImages,
  repository: string,
  by: Principal,
): Promise<BaseSource> {
  if (!isRepositoryName(repository)) throw new BuildFailed("no repository can have that name");
  const decision = await authoriser.decide({ principal: by, right: "pull", repository });
  if (decision.kind !== "allow") {
    const why = decision.kind === "deny" ? printDenial(decision, undefined) : decision.reason;
    throw new BuildFailed(`${by.name} may not pull it: ${why}`);
  }
  const origin = { address: "", client: "berth build" };
  return {
    async readManifest(reference) {
      const manifest = await manifests
        .get(repository, parseReference(reference))
        .catch((cause: unknown) => {
          if (cause instanceof OciError) throw new BuildFailed(cause.message, { cause });
          throw cause;
        });
      const said = await gate.judge({ principal: by, repository, manifest, origin });
      if (said?.refusal !== undefined) throw new BuildFailed(said.refusal.message);
      return { bytes: Buffer.from(manifest.payload), mediaType: manifest.mediaType };
    },
    async openBlob(digest) {
      const blob = await blobs.read(digest);
      if (blob === undefined) throw new BuildFailed("a layer of it is missing in this hub");
      return blob;
    },
  };
}
