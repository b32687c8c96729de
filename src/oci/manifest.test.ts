import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MANIFEST_BYTES_LIMIT, parseManifest } from "./manifest.ts";
import { DOCKER_IMAGE, DOCKER_LIST, OCI_ARTIFACT, OCI_IMAGE, OCI_INDEX } from "./media-type.ts";
import { refusalOf } from "./refusal.suite.ts";

type Fields = Readonly<Record<string, unknown>>;

const CONFIG = descriptor("application/vnd.oci.image.config.v1+json", "{}");
const LAYER = descriptor("application/vnd.oci.image.layer.v1.tar+gzip", "layer");
const CHILD = descriptor(OCI_IMAGE, "child");
const IMAGE = { schemaVersion: 2, mediaType: OCI_IMAGE, config: CONFIG, layers: [LAYER] };
const INDEX = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [CHILD] };

describe("a manifest that is taken", () => {
  test("is an OCI image", () => {
    const annotations = { "org.opencontainers.image.title": "🐳" };
    expect(parse({ ...IMAGE, annotations, subject: CHILD })).toEqual({
      mediaType: OCI_IMAGE,
      kind: "image",
      config: CONFIG,
      layers: [LAYER],
      children: [],
      subject: CHILD,
      annotations,
    });
  });

  test("is a Docker image", () => {
    const manifest = parse({ ...IMAGE, mediaType: DOCKER_IMAGE });
    expect(manifest).toMatchObject({ mediaType: DOCKER_IMAGE, kind: "image", layers: [LAYER] });
  });

  test.each([OCI_INDEX, DOCKER_LIST])("is an index of type %s", (mediaType) => {
    const platform = { architecture: "arm64", os: "linux", variant: "v8" };
    const manifest = parse({ ...INDEX, mediaType, manifests: [{ ...CHILD, platform }] });
    expect(manifest).toMatchObject({ mediaType, kind: "index", layers: [] });
    expect(manifest.children).toEqual([{ ...CHILD, platform }]);
    expect(manifest).not.toHaveProperty("config");
  });

  test("is an index of indexes with a subject", () => {
    const child = descriptor(OCI_INDEX, "index");
    expect(parse({ ...INDEX, manifests: [child], subject: CHILD })).toMatchObject({
      children: [child],
      subject: CHILD,
    });
  });

  test("is an artifact in an image manifest, with a type of its own", () => {
    const config = descriptor("application/vnd.oci.empty.v1+json", "{}");
    const manifest = parse({ ...IMAGE, artifactType: "application/x-sbom", config, layers: [] });
    expect(manifest).toMatchObject({ artifactType: "application/x-sbom", layers: [] });
  });

  test("is an OCI artifact manifest, whose blobs are its layers", () => {
    const artifact = {
      mediaType: OCI_ARTIFACT,
      artifactType: "application/x-sbom",
      blobs: [LAYER],
      subject: CHILD,
    };
    expect(parse(artifact)).toMatchObject({ kind: "image", layers: [LAYER], subject: CHILD });
    expect(parse({ mediaType: OCI_ARTIFACT, artifactType: "a/b" }).layers).toEqual([]);
  });

  test("has no layers or children, or null for them as Go writes it", () => {
    for (const nothing of [[], null]) {
      expect(parse({ ...IMAGE, layers: nothing }).layers).toEqual([]);
      expect(parse({ ...INDEX, manifests: nothing }).children).toEqual([]);
    }
    const nulls = { annotations: null, subject: null, artifactType: null };
    expect(parse({ ...IMAGE, ...nulls })).toEqual(parse(IMAGE));
    const layer = { ...LAYER, urls: null, annotations: null, platform: null };
    expect(parse({ ...IMAGE, layers: [layer] }).layers).toEqual([LAYER]);
  });

  test("has fields nobody here knows", () => {
    const extra = { foo: { bar: [1, null, 1e308, -0.5, true] } };
    const config = { ...CONFIG, ...extra };
    expect(parse({ ...IMAGE, ...extra, config })).toEqual(parse(IMAGE));
  });

  test("names layers elsewhere, embeds content, and uses sha512", () => {
    const layer = {
      ...descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar", "far"),
      urls: ["https://example.com/far"],
    };
    const config = { ...descriptor("text/plain", "near", "sha512"), data: base64("near") };
    const manifest = parse({ ...IMAGE, config, layers: [layer] });
    expect(manifest.layers).toEqual([layer]);
    expect(manifest.config).toEqual(config);
  });

  test("is of exactly 4 MiB", () => {
    const bytes = padded(IMAGE, MANIFEST_BYTES_LIMIT);
    expect(parseManifest({ bytes, contentType: OCI_IMAGE }).layers).toEqual([LAYER]);
  });

  test("has annotations called like what every object has", () => {
    const json = JSON.stringify(IMAGE).replace(
      /}$/,
      ',"annotations":{"__proto__":"a","constructor":"b","toString":"c"}}',
    );
    const { annotations = {} } = parseManifest({
      bytes: Buffer.from(json),
      contentType: undefined,
    });
    expect(Object.entries(annotations)).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
      ["toString", "c"],
    ]);
  });
});

describe("the type of a manifest", () => {
  const { mediaType: _image, ...untypedImage } = IMAGE;
  const { mediaType: _index, ...untypedIndex } = INDEX;

  test("is that of the Content-Type, without its parameters", () => {
    expect(parse(untypedImage, `${OCI_IMAGE}; charset=utf-8`).mediaType).toBe(OCI_IMAGE);
    expect(parse(IMAGE, OCI_IMAGE.toUpperCase()).mediaType).toBe(OCI_IMAGE);
  });

  test("is that of the mediaType field where there is no Content-Type", () => {
    expect(parse({ ...IMAGE, mediaType: DOCKER_IMAGE }).mediaType).toBe(DOCKER_IMAGE);
    expect(parse(IMAGE, "").mediaType).toBe(OCI_IMAGE);
  });

  test("is seen from its shape where there is neither", () => {
    expect(parse(untypedImage).mediaType).toBe(OCI_IMAGE);
    expect(parse(untypedIndex).mediaType).toBe(OCI_INDEX);
    expect(parse({ ...untypedImage, mediaType: "" }).mediaType).toBe(OCI_IMAGE);
  });

  test.each<[string, Fields, string | undefined]>([
    ["one in the field and another in the header", IMAGE, DOCKER_IMAGE],
    ["an index in the field and an image in the header", INDEX, OCI_IMAGE],
    ["one this registry does not know", untypedImage, "application/json"],
    ["a known one in the field and an unknown one in the header", IMAGE, "application/json"],
    ["an unknown one in the field", { ...IMAGE, mediaType: "a/b" }, undefined],
    ["no text", { ...IMAGE, mediaType: 7 }, undefined],
    ["none, and no shape to see it from", { schemaVersion: 2 }, undefined],
    ["a Docker one in the header only", untypedImage, DOCKER_IMAGE],
  ])("is not %s", (_, fields, contentType) => {
    expectInvalid(() => parse(fields, contentType));
  });

  test.each<[string, Fields, string | undefined]>([
    ["the header", { schemaVersion: 1, fsLayers: [] }, schema1("json")],
    ["the signed header", { schemaVersion: 1, fsLayers: [] }, schema1("prettyjws")],
    ["the field", { ...IMAGE, mediaType: schema1("json") }, undefined],
    ["the version", { ...IMAGE, schemaVersion: 1 }, OCI_IMAGE],
    ["the version alone", { schemaVersion: 1, name: "a", tag: "b", fsLayers: [] }, undefined],
  ])("is never schema 1, told by %s", (_, fields, contentType) => {
    expect(expectInvalid(() => parse(fields, contentType))).toContain("schema 1 not supported");
  });

  test.each<[string, Fields]>([
    ["an image with manifests", { ...IMAGE, manifests: [CHILD] }],
    ["an image with an empty list of manifests", { ...IMAGE, manifests: [] }],
    ["an image with schema 1's layers", { ...IMAGE, fsLayers: [] }],
    ["an index with layers", { ...INDEX, layers: [LAYER] }],
    ["an index with a config", { ...INDEX, config: CONFIG }],
    ["an index with schema 1's layers", { ...INDEX, fsLayers: [] }],
    ["an artifact with layers", { ...INDEX, mediaType: OCI_ARTIFACT, layers: [LAYER] }],
    ["an untyped mix of both", { ...untypedImage, ...untypedIndex }],
  ])("is never two at once: %s", (_, fields) => {
    expectInvalid(() => parse(fields));
  });
});

describe("a manifest that is refused", () => {
  test.each<[string, Fields]>([
    ["schemaVersion", { ...IMAGE, schemaVersion: 3 }],
    ["schemaVersion", { ...IMAGE, schemaVersion: "2" }],
    ["config is missing", { ...IMAGE, config: undefined }],
    ["config is missing", { ...IMAGE, config: null }],
    ["config is not an object", { ...IMAGE, config: [] }],
    ["layers is missing", { ...IMAGE, layers: undefined }],
    ["layers is not a list", { ...IMAGE, layers: {} }],
    ["manifests is missing", { ...INDEX, manifests: undefined }],
    ["layers[1] is not an object", { ...IMAGE, layers: [LAYER, "sha256:…"] }],
    ["layers[0] is not an object", { ...IMAGE, layers: [null] }],
    ["subject is not an object", { ...IMAGE, subject: "sha256:…" }],
    ["subject.digest", { ...IMAGE, subject: { ...CHILD, digest: "sha256:bad" } }],
    ["artifactType", { ...IMAGE, artifactType: 5 }],
    ["annotations", { ...IMAGE, annotations: { a: 1 } }],
    ["annotations", { ...IMAGE, annotations: ["a"] }],
    ["annotations", { ...IMAGE, annotations: { a: null } }],
  ])("is told what is wrong: %s", (fault, fields) => {
    expect(expectInvalid(() => parse(fields))).toContain(fault);
  });

  test.each<[string, string]>([
    ["empty", ""],
    ["no JSON", "not json"],
    ["cut short", JSON.stringify(IMAGE).slice(0, -1)],
    ["two documents", JSON.stringify(IMAGE) + JSON.stringify(IMAGE)],
    ["begun by a byte order mark", `\uFEFF${JSON.stringify(IMAGE)}`],
    ["a list", "[]"],
    ["a text", '"manifest"'],
    ["nothing", "null"],
  ])("is %s", (_, text) => {
    expectInvalid(() => parseManifest({ bytes: Buffer.from(text), contentType: OCI_IMAGE }));
  });

  test.each([[0xc3, 0x28], [0xc0, 0xae], [0xed, 0xa0, 0x80], [0xff]])(
    "has bytes that are not UTF-8",
    (...bytes) => {
      const [before = "", after = ""] = JSON.stringify({ ...IMAGE, annotations: { a: "X" } }).split(
        "X",
      );
      const broken = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
      const message = expectInvalid(() => parseManifest({ bytes: broken, contentType: OCI_IMAGE }));
      expect(message).toContain("UTF-8");
    },
  );

  test.each([
    ["layers", JSON.stringify(IMAGE).replace(/}$/, ',"layers":[]}')],
    ["mediaType", JSON.stringify(IMAGE).replace(/^{/, `{"mediaType":"${OCI_INDEX}",`)],
    ["digest", JSON.stringify(IMAGE).replace('"size"', '"digest":"sha256:…","size"')],
    ["layers", JSON.stringify(IMAGE).replace(/}$/, String.raw`,"\u006cayers":[]}`)],
  ])("says %s twice", (key, text) => {
    const bytes = Buffer.from(text);
    const message = expectInvalid(() => parseManifest({ bytes, contentType: OCI_IMAGE }));
    expect(message).toContain(`"${key}" stands twice`);
  });

  test.each<[string, Fields]>([
    ["Layers", { ...IMAGE, Layers: [] }],
    ["MANIFESTS", { ...IMAGE, MANIFESTS: [CHILD] }],
    ["manife\u017Fts", { ...IMAGE, "manife\u017Fts": [CHILD] }],
    ["Digest", { ...IMAGE, config: { ...CONFIG, Digest: LAYER.digest } }],
    ["mediatype", { ...IMAGE, layers: [{ ...LAYER, mediatype: "a/b" }] }],
    ["OS", { ...INDEX, manifests: [{ ...CHILD, platform: { OS: "linux" } }] }],
  ])("writes a field as %s, which some readers take for ours", (key, fields) => {
    expect(expectInvalid(() => parse(fields))).toContain(`"${key}"`);
  });
});

describe("a manifest that is a bomb", () => {
  test("is refused when it is one byte too large, before it is read", () => {
    const bytes = Buffer.alloc(MANIFEST_BYTES_LIMIT + 1, "[");
    const refusal = refusalOf(() => parseManifest({ bytes, contentType: OCI_IMAGE }));
    expect(refusal.code).toBe("MANIFEST_TOO_LARGE");
  });

  test.each([
    ["arrays in arrays", "[".repeat(MANIFEST_BYTES_LIMIT)],
    ["objects in objects", '{"a":'.repeat(800_000)],
    ["100,000 layers", withLayers("{}", 100_000)],
    ["100,000 numbers for layers", withLayers("1e308", 100_000)],
    ["more layers than any image has", withLayers(JSON.stringify(LAYER), 10_001)],
    ["100,000 annotations", withAnnotations(100_000)],
    ["a number beyond all sizes", JSON.stringify(IMAGE).replace(/"size":\d+/, '"size":1e999')],
    ["depth 33", JSON.stringify({ ...IMAGE, x: JSON.parse("[".repeat(32) + "]".repeat(32)) })],
    ["white space", `{${" ".repeat(4_000_000)}`],
    ["an open text", `{"${"a".repeat(4_000_000)}`],
    ["escapes", `{"${"\\u0061".repeat(600_000)}`],
  ])("is refused at once: %s", (_, text) => {
    const bytes = Buffer.from(text);
    const spent = timeOf(() =>
      expectInvalid(() => parseManifest({ bytes, contentType: OCI_IMAGE })),
    );
    expect(spent).toBeLessThan(100);
  });

  test("is taken in bounded time where it is within the limits", () => {
    const large = Buffer.from(withAnnotations(10_000));
    const wide = Buffer.from(withLayers(JSON.stringify(LAYER), 10_000));
    const longKey = Buffer.from(JSON.stringify({ ...IMAGE, ["a".repeat(1_000_000)]: 1 }));
    for (const bytes of [large, wide, longKey]) {
      expect(timeOf(() => parseManifest({ bytes, contentType: OCI_IMAGE }))).toBeLessThan(100);
    }
  });
});

describe("any manifest at all", () => {
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.boolean(), fc.double());
  const anyDescriptor = fc.oneof(
    fc.constantFrom<unknown>(LAYER, CHILD, CONFIG),
    fc.record(
      {
        mediaType: scalar,
        digest: fc.oneof(fc.constant(LAYER.digest), scalar),
        size: scalar,
        urls: fc.oneof(scalar, fc.array(scalar)),
        annotations: fc.oneof(scalar, fc.dictionary(fc.string(), scalar)),
        platform: fc.oneof(scalar, fc.dictionary(fc.string(), scalar)),
        data: scalar,
      },
      { requiredKeys: [] },
    ),
    scalar,
  );
  const anyManifest = fc.record(
    {
      schemaVersion: fc.constantFrom<unknown>(2, 2, 2, 1, "2", null),
      mediaType: fc.constantFrom<unknown>(OCI_IMAGE, OCI_INDEX, DOCKER_IMAGE, "a/b", 5, null),
      artifactType: scalar,
      config: anyDescriptor,
      layers: fc.oneof(fc.array(anyDescriptor), scalar),
      manifests: fc.oneof(fc.array(anyDescriptor), scalar),
      subject: anyDescriptor,
      annotations: fc.oneof(fc.dictionary(fc.string(), fc.string()), scalar),
    },
    { requiredKeys: [] },
  );

  test("is proven or refused with MANIFEST_INVALID, never with a fault of our own", () => {
    fc.assert(
      fc.property(anyManifest, fc.constantFrom(undefined, OCI_IMAGE, OCI_INDEX), (fields, type) => {
        try {
          const manifest = parse(fields, type);
          expect(manifest.layers.length * manifest.children.length).toBe(0);
        } catch (error) {
          expect(error).toMatchObject({ name: "OciError", code: "MANIFEST_INVALID" });
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("is refused, not broken on, when one byte of it is another", () => {
    const good = Buffer.from(JSON.stringify({ ...IMAGE, subject: CHILD, annotations: { a: "b" } }));
    fc.assert(
      fc.property(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 }), (position, byte) => {
        const bytes = Buffer.from(good);
        bytes[position] = byte;
        try {
          parseManifest({ bytes, contentType: OCI_IMAGE });
        } catch (error) {
          expect(error).toMatchObject({ name: "OciError", code: "MANIFEST_INVALID" });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function parse(fields: Fields, contentType?: string) {
  return parseManifest({ bytes: Buffer.from(JSON.stringify(fields)), contentType });
}

function expectInvalid(act: () => unknown): string {
  const refusal = refusalOf(act);
  expect(refusal.code).toBe("MANIFEST_INVALID");
  expect(refusal.message.length).toBeLessThan(600);
  return refusal.message;
}

/** Milliseconds of this thread's processor time, the best of three, so that a busy machine does not fail what is fast. */
function timeOf(act: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const start = process.threadCpuUsage();
    act();
    const { user, system } = process.threadCpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

function descriptor(mediaType: string, content: string, algorithm = "sha256") {
  const hex = createHash(algorithm).update(content).digest("hex");
  return { mediaType, digest: `${algorithm}:${hex}`, size: Buffer.byteLength(content) };
}

function withLayers(layer: string, count: number): string {
  const layers = `[${`${layer},`.repeat(count - 1)}${layer}]`;
  return JSON.stringify({ ...IMAGE, layers: "LAYERS" }).replace('"LAYERS"', layers);
}

function withAnnotations(count: number): string {
  const entries = Array.from({ length: count }, (_, index) => [`key-${index}`, ""]);
  return JSON.stringify({ ...IMAGE, annotations: Object.fromEntries(entries) });
}

function padded(fields: Fields, size: number): Buffer {
  const empty = JSON.stringify({ ...fields, annotations: { padding: "" } });
  const padding = "a".repeat(size - empty.length);
  return Buffer.from(JSON.stringify({ ...fields, annotations: { padding } }));
}

function schema1(suffix: string): string {
  return `application/vnd.docker.distribution.manifest.v1+${suffix}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
