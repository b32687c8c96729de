import type { z } from "zod";
import type {
  policyException,
  policyExplanation,
  policyReports,
  pullPolicy,
  simulatedPolicy,
} from "../../contract/policies.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Repository } from "../../repositories/index.ts";
import type { PullPolicy } from "../policy.ts";
import type { PolicyException } from "../store/policies-store.ts";
import { failuresOf, type Verdict } from "../verdict.ts";
import type { PullPolicies } from "./pull-policies.ts";
import type { Simulation } from "./trials.ts";

const SHOWN = 500;

export function toBody(policy: PullPolicy): z.output<typeof pullPolicy> {
  const { name, scope, mode, tags, pattern, rules, updatedAt, updatedBy } = policy;
  return {
    ...{ name, mode, pattern, rules, updatedBy },
    scope: { kind: scope.kind, name: scope.name },
    tags: [...tags],
    updatedAt: updatedAt.toISOString(),
  };
}

export function toExceptionBody(
  exception: PolicyException,
  repository: string,
): z.input<typeof policyException> {
  const { id, digest, reason, author, createdAt, expiresAt } = exception;
  return {
    ...{ id, repository, reason, author },
    digest: digest ?? null,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}

export function toReportBody(
  row: Awaited<ReturnType<PullPolicies["listReports"]>>[number],
  policy: string,
): z.input<typeof policyReports>["items"][number] {
  const { repository, digest, mode, why, pulls, last_by: lastBy, last_at: lastAt } = row;
  return {
    ...{ policy, repository, digest, mode, why, pulls, lastBy },
    lastAt: new Date(lastAt).toISOString(),
  };
}

export function toSimulationBody(found: Simulation): z.input<typeof simulatedPolicy> {
  const { images, pulls, refused, refusedPulls, passedPulls, isCut } = found;
  return {
    ...{ images, pulls, refusedPulls, passedPulls, isCut },
    refusedImages: refused.length,
    refused: refused.slice(0, SHOWN).map((image) => ({
      ...{ repository: image.repository, digest: image.digest, pulls: image.pulls },
      ...{ tags: [...image.tags], accounts: [...image.accounts], why: image.why },
    })),
  };
}

const OUTCOMES = {
  enforce: "refused",
  warn: "warned",
  report: "reported",
  off: "allowed",
} as const;

export function toExplanationBody(
  place: Repository,
  verdict: Verdict & { readonly digest: Digest },
): z.input<typeof policyExplanation> {
  const modes = new Set(failuresOf(verdict).map(({ policy }) => policy.mode));
  const mode = (["enforce", "warn", "report"] as const).find((one) => modes.has(one)) ?? "off";
  return {
    ...{ image: place.name, digest: verdict.digest, isExempt: verdict.isExempt },
    outcome: OUTCOMES[mode],
    policies: verdict.verdicts.map(({ policy, isMet, exception, conditions, named }) => ({
      ...{ name: policy.name, scope: policy.scope.name, mode: policy.mode, isMet },
      exception:
        exception === undefined
          ? null
          : `${exception.reason} (${exception.author}, until ${exception.expiresAt.toISOString()})`,
      conditions: [...conditions],
      named: named.map(({ digest, signer }) => ({ digest, signer })),
    })),
  };
}
