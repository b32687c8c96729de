import { z } from "zod";
import { parseCycloneDxVex } from "./cyclonedx-vex.ts";
import { parseOpenVex } from "./open-vex.ts";
import type { VexDocument } from "./vex-statement.ts";

const attested = z.looseObject({ predicateType: z.string(), predicate: z.unknown() });
const enveloped = z.looseObject({ payloadType: z.string(), payload: z.base64() });

/** A VEX document, itself or within an in-toto statement or its signed envelope; undefined for anything else. */
export function readVex(value: unknown): VexDocument | undefined {
  const envelope = enveloped.safeParse(value);
  if (envelope.success) return readVexText(Buffer.from(envelope.data.payload, "base64"));
  const statement = attested.safeParse(value);
  const document = statement.success ? statement.data.predicate : value;
  return parseOpenVex(document) ?? parseCycloneDxVex(document);
}

/** The same of bytes; what is no JSON is no VEX. */
function readVexText(bytes: Buffer): VexDocument | undefined {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
  // An envelope within an envelope is nobody's: one step is all there is.
  const inner = attested.safeParse(value);
  const document = inner.success ? inner.data.predicate : value;
  const isNested = enveloped.safeParse(document).success;
  return isNested ? undefined : (parseOpenVex(document) ?? parseCycloneDxVex(document));
}
