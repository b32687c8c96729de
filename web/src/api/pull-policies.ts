import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type {
  newException,
  policyChange,
  policyException,
  policyExplanation,
  policyReports,
  pullPolicy,
  simulatedPolicy,
} from "../../../src/contract/policies.ts";
import type {
  imageSignatures,
  newTrustAnchor,
  provenance,
  trustAnchor,
} from "../../../src/contract/signatures.ts";
import { ask, withQuery } from "./ask.ts";

export type PullPolicy = z.output<typeof pullPolicy>;
export type PolicyChange = z.input<typeof policyChange>;
export type PolicyRules = PolicyChange["rules"];
export type PolicyTrial = z.output<typeof simulatedPolicy>;
export type PolicyExplanation = z.output<typeof policyExplanation>;
export type ImageSignatures = z.output<typeof imageSignatures>;
export type Provenance = z.output<typeof provenance>;

interface Listed<Item> {
  readonly items: readonly Item[];
}

const PATH = "/api/v1/pull-policies";
/** Everything below is read anew when a policy, an exception or a key changes: what an image may changes with it. */
export const POLICIES_KEY = ["pull-policies"];
export const EXPLANATION_KEY = [...POLICIES_KEY, "explanation"];

/** `scope`: `hub`, a user or an organization, or a repository. */
export function pullPoliciesQuery(scope: string) {
  return queryOptions({
    queryKey: [...POLICIES_KEY, scope],
    queryFn: ({ signal }) =>
      ask<Listed<PullPolicy>>(`GET ${withQuery(PATH, { scope })}`, { signal }),
  });
}

export interface PolicyKey {
  readonly scope: string;
  readonly name: string;
}

export function exceptionsQuery({ scope, name }: PolicyKey) {
  return queryOptions({
    queryKey: [...POLICIES_KEY, scope, name, "exceptions"],
    queryFn: ({ signal }) =>
      ask<Listed<z.output<typeof policyException>>>(
        `GET ${withQuery(`${PATH}/exceptions`, { scope, name })}`,
        { signal },
      ),
  });
}

export function reportsQuery({ scope, name }: PolicyKey) {
  return queryOptions({
    queryKey: [...POLICIES_KEY, scope, name, "reports"],
    queryFn: ({ signal }) =>
      ask<z.output<typeof policyReports>>(`GET ${withQuery(`${PATH}/reports`, { scope, name })}`, {
        signal,
      }),
  });
}

export function explanationQuery(repository: string, reference: string) {
  return queryOptions({
    queryKey: [...EXPLANATION_KEY, repository, reference],
    queryFn: ({ signal }) =>
      ask<PolicyExplanation>(
        `GET ${withQuery(`${PATH}/explanations/${repository}`, { reference })}`,
        { signal },
      ),
  });
}

export function signaturesQuery(repository: string, reference: string) {
  return queryOptions({
    queryKey: ["repository", repository, "signatures", reference],
    queryFn: ({ signal }) =>
      ask<ImageSignatures>(`GET ${withQuery(`/api/v1/signatures/${repository}`, { reference })}`, {
        signal,
      }),
  });
}

export function provenanceQuery(repository: string, reference: string) {
  return queryOptions({
    queryKey: ["repository", repository, "provenance", reference],
    queryFn: ({ signal }) =>
      ask<Provenance>(`GET ${withQuery(`/api/v1/provenance/${repository}`, { reference })}`, {
        signal,
      }),
  });
}

const anchorsPath = (place: string) => `/api/v1/trusted-signers/${encodeURIComponent(place)}`;

/** Of `hub`, or of a user or an organization. */
export function anchorsQuery(place: string) {
  return queryOptions({
    queryKey: [...POLICIES_KEY, "anchors", place],
    queryFn: ({ signal }) =>
      ask<Listed<z.output<typeof trustAnchor>>>(`GET ${anchorsPath(place)}` as `GET /${string}`, {
        signal,
      }),
  });
}

export const policyDeeds = {
  save: ({ scope, name, ...body }: PolicyKey & PolicyChange) =>
    ask<PullPolicy>(`PUT ${withQuery(PATH, { scope, name })}`, { body }),
  remove: (key: PolicyKey) => ask(`DELETE ${withQuery(PATH, { ...key })}`),
  simulate: ({ scope, name, ...body }: PolicyKey & PolicyChange) =>
    ask<PolicyTrial>(`POST ${withQuery(`${PATH}/simulations`, { scope, name })}`, { body }),
  except: ({ scope, name, ...body }: PolicyKey & z.input<typeof newException>) =>
    ask(`POST ${withQuery(`${PATH}/exceptions`, { scope, name })}`, { body }),
  endException: (one: PolicyKey & { readonly id: number }) =>
    ask(`DELETE ${withQuery(`${PATH}/exceptions`, { ...one })}`),
  addAnchor: ({ place, ...body }: z.input<typeof newTrustAnchor> & { readonly place: string }) =>
    ask(`POST ${anchorsPath(place)}` as `POST /${string}`, { body }),
  removeAnchor: ({ place, name }: { readonly place: string; readonly name: string }) =>
    ask(`DELETE ${anchorsPath(place)}/${encodeURIComponent(name)}` as `DELETE /${string}`),
};
