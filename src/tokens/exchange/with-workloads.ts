import type { Identities } from "../identities.ts";
import type { TokenExchange } from "./token-exchange.ts";

/** People by their accounts, workloads by what the exchange gave them. */
export function withWorkloads(
  people: Identities,
  workloads: Pick<TokenExchange, "handles" | "verify" | "resume">,
): Identities {
  return {
    // Nothing that could be guessed, so the throttle is not asked.
    verify: (claim) =>
      workloads.handles(claim.secret) ? workloads.verify(claim) : people.verify(claim),
    explain: async (claim) => await people.explain?.(claim),
    resume: (holder) =>
      holder.credential.kind === "workload" ? workloads.resume(holder) : people.resume(holder),
  };
}
