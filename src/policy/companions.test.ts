import { expect, test } from "vitest";
import { parseDigest } from "../oci/digest.ts";
import { parseManifest } from "../oci/manifest.ts";
import { DOCKER_IMAGE, OCI_IMAGE, OCI_INDEX } from "../oci/media-type.ts";
import { belongsToAnImage } from "./companions.ts";

const DIGEST = parseDigest(`sha256:${"ab".repeat(32)}`);
const COMPANION = `sha256-${"ab".repeat(32)}`;
const CONFIG = "application/vnd.oci.image.config.v1+json";
const EMPTY = "application/vnd.oci.empty.v1+json";
const SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json";
const IN_TOTO = "application/vnd.in-toto+json";

const descriptor = (mediaType: string) => ({ mediaType, digest: DIGEST, size: 9 });

/** What is pushed: layers of these types, and whose it says that it is. */
function belongs(
  types: readonly string[],
  more: { config?: string; mediaType?: string; subject?: boolean; tags?: readonly string[] } = {},
): boolean {
  const { config = CONFIG, mediaType = OCI_IMAGE, subject = true, tags = [] } = more;
  const manifest = {
    ...{ schemaVersion: 2, mediaType, config: descriptor(config) },
    layers: types.map(descriptor),
    ...(subject && { subject: descriptor(OCI_IMAGE) }),
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return belongsToAnImage(parseManifest({ bytes, contentType: mediaType }), tags);
}

test("what programs run as an image is one, whatever its layers are called and whatever it says of itself", () => {
  const layers = [
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "Application/VND.OCI.Image.Layer.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.docker.x",
    "application/vnd.oci.image.y",
    "application/octet-stream",
    "application/OCTET-stream; charset=x",
    "application/json",
    "text/html",
    "application/x-tar",
    "application/vnd.acme.unheard-of",
  ];
  for (const type of layers) {
    for (const mediaType of [OCI_IMAGE, DOCKER_IMAGE]) {
      expect(belongs([type], { mediaType }), type).toBe(false);
      expect(belongs([type], { mediaType, subject: false, tags: [COMPANION] }), type).toBe(false);
      expect(belongs([SIMPLE, type], { mediaType, tags: [`${COMPANION}.sig`] }), type).toBe(false);
    }
  }
  for (const type of layers.slice(0, -1))
    expect(belongs([type], { config: EMPTY }), type).toBe(false);
  expect(belongs(["application/vnd.acme.report"], { config: EMPTY, mediaType: DOCKER_IMAGE })).toBe(
    false,
  );
  expect(belongs([])).toBe(false);
});

test("signatures, attestations, bills of materials and artifacts of an image belong to it", () => {
  const documents = [
    ...[SIMPLE, IN_TOTO, "application/vnd.dsse.envelope.v1+json"],
    "application/vnd.dev.sigstore.bundle.v0.3+json",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    ...["application/spdx+json", "application/vnd.cyclonedx+json", "text/spdx"],
  ];
  for (const type of documents) {
    expect(belongs([type]), type).toBe(true);
    expect(belongs([type], { config: EMPTY }), type).toBe(true);
    expect(belongs([type], { subject: false, tags: ["v1", `${COMPANION}.sig`] }), type).toBe(true);
  }
  const notation = { config: "application/vnd.cncf.notary.signature" };
  expect(belongs(["application/jose+json"], notation)).toBe(true);
  expect(belongs(["application/vnd.acme.report+pdf"], { config: EMPTY })).toBe(true);
  // What BuildKit attests lies beside the images of an index, and names none.
  expect(belongs([IN_TOTO, IN_TOTO], { subject: false })).toBe(true);
  expect(belongs([SIMPLE], { subject: false })).toBe(false);
  expect(belongs(["application/vnd.acme.report+pdf"], { config: EMPTY, subject: false })).toBe(
    false,
  );
});

test("an index belongs to an image by its tag alone, and lists something", () => {
  const index = (manifests: readonly object[]) =>
    parseManifest({
      bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })),
      contentType: OCI_INDEX,
    });
  expect(belongsToAnImage(index([descriptor(OCI_IMAGE)]), [COMPANION])).toBe(true);
  expect(belongsToAnImage(index([descriptor(OCI_IMAGE)]), ["v1"])).toBe(false);
  expect(belongsToAnImage(index([]), [COMPANION])).toBe(false);
});
