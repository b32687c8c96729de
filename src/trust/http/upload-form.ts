import { TrustError } from "../trust-error.ts";
import { MetadataError, parseVersion } from "../tuf/metadata.ts";
import { isRole, type Role } from "../tuf/roles.ts";

/** Each part is one file of metadata. */
const MOST_PARTS = 128;
const HEAD_BYTES = 8 * 1024;
const HEAD_END = Buffer.from("\r\n\r\n");

/**
 * The files of an upload, by role. None is legal: clients publish without a file to have the rest signed anew. Names keep their
 * directories, which belong to the role. Throws {@link TrustError}.
 */
export function readUploadForm(
  body: Buffer,
  contentType: string | undefined,
): ReadonlyMap<Role, Buffer> {
  const files = new Map<Role, Buffer>();
  for (const { fileName, content } of listParts(body, boundaryOf(contentType))) {
    if (fileName === undefined || fileName === "") throw new TrustError("NO_FILENAME");
    const role = fileName.replace(/\.json$/, "");
    if (!isRole(role)) throw new TrustError("INVALID_ROLE", { detail: role.slice(0, 256) });
    assertMetadata(role, content);
    files.set(role, content);
  }
  return files;
}

function assertMetadata(role: Role, content: Buffer): void {
  try {
    parseVersion(content);
  } catch (cause) {
    if (!(cause instanceof MetadataError)) throw cause;
    throw new TrustError("MALFORMED_JSON", { message: `${role}: ${cause.message}`, cause });
  }
}

/** RFC 2046, section 5.1.1. */
function boundaryOf(contentType: string | undefined): string {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;.*\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(
      contentType?.slice(0, 512) ?? "",
    ) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw malformed("it is no multipart/form-data");
  return boundary;
}

interface Part {
  readonly fileName: string | undefined;
  readonly content: Buffer;
}

function listParts(body: Buffer, boundary: string): readonly Part[] {
  const parts: Part[] = [];
  // Each delimiter but the first stands on a line of its own, whose line break belongs to it.
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  let at = openingEnd(body, boundary);
  while (!body.subarray(at, at + 2).equals(Buffer.from("--"))) {
    const end = body.indexOf(delimiter, at);
    if (end < 0) throw malformed("its last boundary is missing");
    if (parts.length === MOST_PARTS) throw malformed(`it holds more than ${MOST_PARTS} files`);
    parts.push(readPart(body.subarray(at, end)));
    at = end + delimiter.length;
  }
  return parts;
}

function openingEnd(body: Buffer, boundary: string): number {
  const opening = Buffer.from(`--${boundary}`);
  if (body.subarray(0, opening.length).equals(opening)) return opening.length;
  const preamble = body.indexOf(Buffer.from(`\r\n--${boundary}`));
  if (preamble < 0) throw malformed("its boundary is missing");
  return preamble + opening.length + 2;
}

/** `part` begins with the rest of the delimiter's line. */
function readPart(part: Buffer): Part {
  const end = part.indexOf(HEAD_END);
  if (end < 0 || end > HEAD_BYTES || !/^[ \t]*\r\n/.test(part.subarray(0, 64).toString("latin1")))
    throw malformed("a part of it has no head");
  const head = part.subarray(0, end).toString("utf8");
  const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? "";
  const [, quoted, plain] = /;\s*filename=(?:"([^"]*)"|([^\s;]*))/i.exec(disposition) ?? [];
  return { fileName: quoted ?? plain, content: part.subarray(end + HEAD_END.length) };
}

function malformed(reason: string): TrustError {
  return new TrustError("MALFORMED_UPLOAD", { message: `the upload cannot be read: ${reason}` });
}
