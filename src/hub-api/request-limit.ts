import type { FastifyInstance, FastifyRequest } from "fastify";
import { networkOf } from "../lib/network-of.ts";
import { type RateLimit, RateWindow, type WindowState } from "../lib/rate-window.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import { RateLimitExceeded } from "./hub-errors.ts";

export interface RequestLimitDeps extends Pick<PublicAddress, "clientAddressOf"> {
  /** For each account, and for each address without one. No limit when undefined. */
  readonly requestLimit: RateLimit | undefined;
  readonly clock: () => Date;
}

/**
 * Counts requests and says on every answer how many are left, as Docker Hub does: its clients look for that. Refusals of
 * credentials count too, for the address that they came from.
 */
export function limitRequests(app: FastifyInstance, deps: RequestLimitDeps): void {
  const { requestLimit: limit, clock } = deps;
  if (limit === undefined) return;
  const window = new RateWindow({ limit, clock });
  const states = new WeakMap<FastifyRequest, WindowState>();
  app.addHook("onRequest", async (request) => {
    const { isWithin, resetsAt } = take(request);
    if (isWithin) return;
    throw new RateLimitExceeded(Math.max(1, Math.ceil((resetsAt - clock().getTime()) / 1000)));
  });
  app.addHook("onSend", async (request, reply, payload) => {
    const { remaining, resetsAt } = take(request);
    reply.headers({
      "X-RateLimit-Limit": limit.count,
      "X-RateLimit-Remaining": remaining,
      "X-RateLimit-Reset": Math.ceil(resetsAt / 1000),
    });
    return payload;
  });

  /** Once for each request, whichever comes first. */
  function take(request: FastifyRequest): WindowState {
    const known = states.get(request);
    if (known !== undefined) return known;
    const state = window.take(keyOf(request));
    states.set(request, state);
    return state;
  }

  function keyOf({ caller, raw }: FastifyRequest): string {
    return caller === undefined || caller.by.kind === "anonymous"
      ? `address ${networkOf(deps.clientAddressOf(raw))}`
      : `account ${caller.by.name}`;
  }
}
