import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import { type KeySet, SIGNING_ALGORITHM } from "./key-set.ts";

/**
 * What a JWT says that this hub signed and that is in force (RFC 7519). Undefined for any other: whoever sent it gets to know no more
 * than that it is wrong.
 */
export async function readSigned(
  text: string,
  keys: Pick<KeySet, "find">,
  expected: Omit<JWTVerifyOptions, "algorithms">,
): Promise<JWTPayload | undefined> {
  const findKey = async ({ kid = "" }: { kid?: string }) => {
    const key = await keys.find(kid);
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    return key;
  };
  try {
    const options = { ...expected, algorithms: [SIGNING_ALGORITHM] };
    return (await jwtVerify(text, findKey, options)).payload;
  } catch (cause) {
    if (cause instanceof errors.JOSEError) return undefined;
    throw cause;
  }
}
