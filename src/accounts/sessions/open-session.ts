import type { FastifyReply, FastifyRequest } from "fastify";
import { originOf, printSessionCookie, readSessionCookie } from "../../access/index.ts";
import type { PublicAddress } from "../../platform/http/index.ts";
import type { Sessions, SessionWish } from "./sessions.ts";
import type { Session } from "./sessions-store.ts";

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Whoever let somebody in, by whatever proof, ends with this: the browser has a new session, and its former one is over. */
export type OpenSession = (
  exchange: Exchange,
  wish: Pick<SessionWish, "account" | "provedBy" | "openedBy">,
) => Promise<Session>;

export async function openBrowserSession(
  deps: PublicAddress & { readonly sessions: Pick<Sessions, "open"> },
  exchange: Exchange,
  wish: Pick<SessionWish, "account" | "provedBy" | "openedBy">,
): Promise<Session> {
  const { request, reply } = exchange;
  const baseUrl = deps.baseUrlOf(request.raw);
  const former = readSessionCookie(request.raw, baseUrl);
  const origin = originOf(request.raw, deps);
  const { secret, session } = await deps.sessions.open({ ...wish, origin, former });
  reply.header("Set-Cookie", printSessionCookie({ ...session, secret }, baseUrl));
  return session;
}
