import type { CustomFetch } from "openid-client";
import { LoginUnavailable } from "../../access/index.ts";

const DOCUMENT_BYTES = 512 * 1024;

/**
 * How a provider is asked: no redirects, answers of a bounded size, and LoginUnavailable for one that cannot be asked. Its
 * address is the operator's own choice, so it may be a private one.
 */
export const boundedFetch: CustomFetch = async (url, options) => {
  const answer = await ask(url, options);
  if (answer.status >= 500) {
    await answer.body?.cancel();
    throw new LoginUnavailable(`the provider answers with ${answer.status}`);
  }
  const { status, headers } = answer;
  return new Response(await readBounded(answer), { status, headers });
};

async function ask(...[url, options]: Parameters<CustomFetch>): Promise<Response> {
  const { body, ...rest } = options;
  try {
    return await fetch(url, {
      ...rest,
      // Forms and JSON are all that is ever sent.
      ...(body === undefined || body === null ? {} : { body: String(body) }),
      redirect: "manual",
      signal: options.signal ?? null,
    });
  } catch (cause) {
    throw new LoginUnavailable("the provider does not answer", { cause });
  }
}

async function readBounded(answer: Response): Promise<Uint8Array<ArrayBuffer> | null> {
  if (answer.body === null) return null;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body) {
    bytes += part.length;
    if (bytes > DOCUMENT_BYTES) throw new LoginUnavailable("the provider's answer is too large");
    parts.push(part);
  }
  return Uint8Array.from(Buffer.concat(parts));
}
