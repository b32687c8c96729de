import fc, { type Arbitrary } from "fast-check";
import { OPERATION_PATHS } from "../../src/contract/operations.ts";
import { digestOf, OCI_INDEX, OCI_MANIFEST } from "../harness/images.ts";

/** What is there when requests are thrown at the hub, so that they get past the door. */
export const FUZZED_REPOSITORY = "fuzz/a";
export const FUZZED_BLOB = digestOf(Buffer.from("{}"));
/** Stands for an upload session that is open when the request is sent. */
export const OPEN_UPLOAD = "<an open upload>";

const UNKNOWN_UPLOAD = "01234567-89ab-4def-8123-456789abcdef";

/** Mostly what is right, now and then what is wrong: a request with one fault gets further than one with ten. */
function mostly<T>(right: Arbitrary<T>, ...wrong: readonly Arbitrary<T>[]): Arbitrary<T> {
  const faults = wrong.map((arbitrary) => ({ weight: 1, arbitrary }));
  return fc.oneof({ weight: 5 * wrong.length, arbitrary: right }, ...faults);
}

/** Any text that fits into one line of HTTP. */
const lineText = fc.string({ unit: "binary", maxLength: 40 }).map((text) =>
  Buffer.from(text)
    .toString("latin1")
    .replace(/[\r\n\0]/g, "?"),
);
const pathText = lineText.map((text) => text.replace(/[ \t]/g, "%20"));
const printable = fc.stringMatching(/^[!-~ ]{0,40}$/);

const name = mostly<string>(
  fc.constantFrom(FUZZED_REPOSITORY, "fuzz", "a/b"),
  fc.constantFrom("..", ".", "", "_catalog", "A", "a//b"),
  fc.stringMatching(/^[a-z0-9._/-]{1,30}$/),
  fc
    .array(fc.constantFrom("blobs", "uploads", "manifests", "tags", "list", "referrers"), {
      maxLength: 6,
    })
    .map((parts) => parts.join("/")),
  fc.nat(400).map((length) => "a".repeat(length)),
  pathText,
);

const hex = fc.stringMatching(/^[0-9a-fA-F]{0,130}$/);

const digest = mostly<string>(
  fc.oneof(
    fc.constant(FUZZED_BLOB),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => digestOf(bytes)),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => digestOf(bytes, "sha512")),
  ),
  fc.constantFrom("sha256:", "sha256", ":", "sha512:0", `${FUZZED_BLOB}0`),
  fc
    .tuple(fc.constantFrom("sha256", "sha512", "md5", "SHA256", "../"), hex)
    .map(([algorithm, digits]) => `${algorithm}:${digits}`),
  pathText,
);

const tag = mostly<string>(fc.constantFrom("1", "latest"), fc.constantFrom(".", "-"), pathText);
const number = mostly<string>(
  fc.nat(5000).map(String),
  fc.constantFrom("-1", "1e3", "0x10", "", "9".repeat(30), " 1"),
);

const parameter = fc.oneof(
  number.map((text) => `n=${text}`),
  tag.map((text) => `last=${text}`),
  tag.map((text) => `tag=${text}`),
  digest.map((text) => `digest=${text}`),
  digest.map((text) => `mount=${text}`),
  name.map((text) => `from=${text}`),
  fc.constantFrom("digest-algorithm=sha512", "digest-algorithm=md5", "n=1&n=2", "=", "&&", "%"),
  pathText.map((text) => `artifactType=${text}`),
  pathText,
);
const query = fc
  .array(parameter, { maxLength: 3 })
  .map((parameters) => (parameters.length === 0 ? "" : `?${parameters.join("&")}`));

const reference = fc.oneof(tag, digest);
const upload = mostly<string>(fc.constant(OPEN_UPLOAD), fc.constant(UNKNOWN_UPLOAD), pathText);

const registryPath = fc
  .tuple(
    name,
    mostly<string>(
      fc.oneof(
        reference.map((text) => `/manifests/${text}`),
        digest.map((text) => `/blobs/${text}`),
        digest.map((text) => `/referrers/${text}`),
        upload.map((text) => `/blobs/uploads/${text}`),
        fc.constantFrom("/tags/list", "/blobs/uploads/"),
      ),
      fc.constantFrom("/tags", "/blobs/uploads", "", "/"),
    ),
    query,
  )
  .map(([repository, route, parameters]) => `/v2/${repository}${route}${parameters}`);

const applicationPath = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(...Object.values(OPERATION_PATHS), "/healthz", "/readyz", "/metrics", "/"),
      pathText.map((text) => `/api/v1/${text}`),
      pathText.map((text) => `/${text}`),
    ),
    query,
  )
  .map(([route, parameters]) => route + parameters);

const path = fc.oneof(
  { weight: 6, arbitrary: registryPath },
  { weight: 1, arbitrary: applicationPath },
);

const headerValue = mostly<string>(printable, lineText);
const header = fc.oneof(
  fc.tuple(number, number).map(([start, end]) => `Range: bytes=${start}-${end}`),
  fc.tuple(number, number).map(([start, end]) => `Content-Range: ${start}-${end}`),
  ...[
    "Range",
    "Content-Range",
    "Accept",
    "If-None-Match",
    "If-Match",
    "If-Range",
    "Content-Type",
  ].map((each) => headerValue.map((text) => `${each}: ${text}`)),
  fc.constantFrom(
    `Content-Type: ${OCI_MANIFEST}`,
    `Content-Type: ${OCI_INDEX}`,
    `Accept: ${OCI_INDEX}`,
    `If-Match: "${FUZZED_BLOB}"`,
    "If-None-Match: *",
    "Content-Type: application/json",
    "Content-Encoding: gzip",
    "Expect: 100-continue",
    "Expect: something",
    "Connection: Upgrade",
    "X-HTTP-Method-Override: DELETE",
  ),
);

/** JSON that is nearly a descriptor. */
const descriptorLike = fc.record(
  {
    mediaType: mostly<unknown>(fc.constantFrom(OCI_MANIFEST, "a/b"), fc.jsonValue()),
    digest: mostly<unknown>(digest, fc.jsonValue()),
    size: mostly<unknown>(fc.nat(), fc.double(), fc.jsonValue()),
    urls: fc.jsonValue(),
    annotations: fc.jsonValue(),
    platform: fc.jsonValue(),
    data: fc.jsonValue(),
  },
  { requiredKeys: ["mediaType", "digest", "size"] },
);

/** JSON that is nearly a manifest, of an image or of an index. */
export const manifestLike = fc.oneof(
  fc.record(
    {
      schemaVersion: mostly<unknown>(fc.constant(2), fc.jsonValue()),
      mediaType: mostly<unknown>(fc.constant(OCI_MANIFEST), fc.jsonValue()),
      config: mostly<unknown>(knownDescriptor(), descriptorLike, fc.jsonValue()),
      layers: mostly<unknown>(
        fc.array(knownDescriptor()),
        fc.array(descriptorLike),
        fc.jsonValue(),
      ),
      subject: fc.oneof(descriptorLike, fc.jsonValue()),
      artifactType: mostly<unknown>(fc.constant("a/b"), fc.jsonValue()),
      annotations: mostly<unknown>(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()),
    },
    { requiredKeys: ["schemaVersion", "config", "layers"] },
  ),
  fc.record(
    {
      schemaVersion: fc.constant(2),
      mediaType: mostly<unknown>(fc.constant(OCI_INDEX), fc.jsonValue()),
      manifests: mostly<unknown>(fc.array(descriptorLike), fc.jsonValue()),
      subject: fc.oneof(descriptorLike, fc.jsonValue()),
      artifactType: fc.jsonValue(),
      annotations: fc.jsonValue(),
    },
    { requiredKeys: ["schemaVersion", "manifests"] },
  ),
);

/** A descriptor of the one blob that is there. */
function knownDescriptor(): Arbitrary<unknown> {
  return fc.constant({ mediaType: "a/b", digest: FUZZED_BLOB, size: 2 });
}

const body = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.constant(Buffer.from("{}")),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  manifestLike.map((value) => Buffer.from(JSON.stringify(value))),
  fc.json().map((text) => Buffer.from(text)),
);

/** How a body is framed, honestly or not. */
export type Framing = "length" | "chunked" | "none" | "too short" | "bad chunks";

export type FuzzRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly framing: Framing;
};

export const fuzzRequest: Arbitrary<FuzzRequest> = fc.record({
  method: mostly(
    fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
    fc.constantFrom("OPTIONS", "TRACE", "PROPFIND"),
  ),
  path,
  headers: fc.array(header, { maxLength: 3 }),
  body,
  framing: mostly<Framing>(
    fc.constantFrom("length", "chunked"),
    fc.constant("none"),
    fc.constant("too short"),
    fc.constant("bad chunks"),
  ),
});
