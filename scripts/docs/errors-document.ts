import { OCI_ERRORS, type OciErrorCode } from "../../src/oci/error.ts";

interface Advice {
  readonly meaning: string;
  readonly next: string;
}

/** The table's sentences are what clients print; here is what a person needs who looks a code up. */
const ADVICE: Readonly<Record<OciErrorCode, Advice>> = {
  BLOB_UNKNOWN: {
    meaning:
      "The repository has no blob of this digest. A blob in another repository does not count.",
    next: "Push the image again; the client uploads what is missing.",
  },
  BLOB_UPLOAD_INVALID: {
    meaning: "The upload request makes no sense, such as a `Content-Range` nobody can read.",
    next: "Write `Content-Range: <first byte>-<last byte>`. The upload is still open: ask for its `Range` and go on from there.",
  },
  BLOB_UPLOAD_UNKNOWN: {
    meaning:
      "There is no such upload: it was finished, cancelled or has expired, or it belongs to somebody else.",
    next: "Start the upload again with a `POST`.",
  },
  DIGEST_INVALID: {
    meaning:
      "A digest is malformed, of an algorithm other than sha256 and sha512, missing, or not that of the bytes that came. Nothing was stored.",
    next: "Push again. If it happens every time, something between client and registry changes the bytes, or the client computes another digest.",
  },
  MANIFEST_BLOB_UNKNOWN: {
    meaning:
      "The manifest names content that the repository does not have. There is one entry for each digest.",
    next: "Push the blobs, or the manifests that an index lists, before the manifest.",
  },
  MANIFEST_INVALID: {
    meaning:
      "The manifest is malformed, of an unknown type, or means different things to different readers; the message names the field.",
    next: "Correct the field. For schema 1, push with a client of this decade.",
  },
  MANIFEST_UNKNOWN: {
    meaning:
      "The repository has no such tag or digest, or what the tag names is of a type that the request's `Accept` leaves out.",
    next: "List the tags (`GET /v2/<name>/tags/list`), or accept the type that the message names.",
  },
  NAME_INVALID: {
    meaning: "No repository can have this name: the message says why.",
    next: "Choose a lower-case name of at most 255 characters, such as `team/app`.",
  },
  NAME_UNKNOWN: {
    meaning: "There is no such repository, or no such address below `/v2/`.",
    next: "Check the spelling. A repository exists from its first push on.",
  },
  SIZE_INVALID: {
    meaning: "The body has another length than its `Content-Range` or `Content-Length` says.",
    next: "Send exactly the bytes that were announced. The upload is still open.",
  },
  TAG_INVALID: {
    meaning: "A tag is malformed, or one push sets more tags than the registry allows.",
    next: "Use at most 128 letters, digits, `_`, `.` and `-`, not starting with `.` or `-`.",
  },
  PAGINATION_NUMBER_INVALID: {
    meaning: "`n` is not a whole number, or `last` cannot be the name of an entry.",
    next: "Follow the `Link` header of the page before as it is.",
  },
  RANGE_INVALID: {
    meaning:
      "A chunk does not start where the upload stands, or a download asks for bytes the blob does not have.",
    next: "Ask how far the upload is (`GET` its location) and send the next chunk from there. For downloads, `Content-Range: bytes */<size>` gives the size.",
  },
  MANIFEST_TOO_LARGE: {
    meaning: "The manifest has more than 4 MiB (4,194,304 bytes), which clients would refuse too.",
    next: "Move large annotations into a blob.",
  },
  MANIFEST_TOO_SLOW: {
    meaning: "The manifest was announced, but did not arrive within a minute.",
    next: "Push again; look for what slows the connection down if it happens often.",
  },
  BLOB_TOO_LARGE: {
    meaning: "The layer has more bytes than the operator allows; the message says how many may be.",
    next: "Split the layer, or ask the operator to raise `limits.blobBytes`.",
  },
  UNAUTHORIZED: {
    meaning: "The request carries no credentials, or wrong ones.",
    next: "Run `docker login`.",
  },
  DENIED: {
    meaning:
      "Whoever is asking is known, and may not do this; or nobody may, because the name's first part, such as `orgs`, belongs to the hub's own API.",
    next: "Ask the owner of the repository for the right that the message names, or choose another name.",
  },
  UNSUPPORTED: {
    meaning: "The address does not have this method (see `Allow`), or deletion is switched off.",
    next: "For deletion, the operator sets `delete.enabled`.",
  },
  TOOMANYREQUESTS: {
    meaning: "More requests or uploads than one client may have.",
    next: "Wait for the seconds in `Retry-After`.",
  },
  PRECONDITION_FAILED: {
    meaning: "`If-Match` or `If-None-Match` does not hold: somebody moved the tag before.",
    next: "Read the tag again, and decide whether your push still makes sense.",
  },
  TAG_IMMUTABLE: {
    meaning:
      "A rule of the repository says that this tag can be neither moved nor deleted; the message names the rule.",
    next: "Push another tag. An admin of the repository changes the rule by `berth repo immutable`.",
  },
  TAG_FORMAT: {
    meaning:
      "A rule of the repository, of its namespace or of the hub says which tags may be pushed, and this is none of them; the message names the rule.",
    next: "Push the name that the message proposes. `berth repo rules <name> --try <tag>` tells before a push.",
  },
  TAG_PROTECTED: {
    meaning:
      "A rule of the repository, of its namespace or of the hub says who may push or delete this tag; the message names the rule and those.",
    next: "Ask one of those whom the message names, or whoever can change the rule: `berth repo rules <name>` shows it.",
  },
  QUOTA_EXCEEDED: {
    meaning:
      "The push does not fit into a quota of the repository, its user or organization, or the hub; the message says which, how much of it is used, and who can raise it.",
    next: "Delete what is not needed, or ask for more: `berth quota set`. See docs/lifecycle.md.",
  },
  UNAVAILABLE: {
    meaning: "The registry cannot answer now, for example while it starts or its database is busy.",
    next: "Try again after the seconds in `Retry-After`.",
  },
  STORAGE_FULL: {
    meaning: "The disk has no room left but its reserve. Pulls and deletes go on working.",
    next: "Delete what is no longer needed and run `berth collect`, or give the data directory more room. Then push again.",
  },
  UNKNOWN: {
    meaning: "A fault of the registry itself.",
    next: "Give the id in the message to the operator, who finds the cause under it in the log.",
  },
};

/** The reference of the codes under /v2/, from the table that the server answers with. */
export function renderErrors(): string {
  return [
    "# Errors of the distribution API",
    'Every refusal under `/v2/` is a JSON body `{"errors":[{"code","message","detail"}]}`. Where the default message does not tell what to do, the message is a sentence about the case.',
    ...Object.entries(ADVICE).map(([code, advice]) => renderEntry(code as OciErrorCode, advice)),
  ].join("\n\n");
}

function renderEntry(code: OciErrorCode, { meaning, next }: Advice): string {
  const entry: { status: number; message: string; code?: string } = OCI_ERRORS[code];
  const sent = entry.code === undefined ? "" : `, sent as \`${entry.code}\``;
  return [
    `## ${code}`,
    `Status ${entry.status}${sent}: "${entry.message}"`,
    meaning,
    `**What to do:** ${next}`,
  ].join("\n\n");
}
