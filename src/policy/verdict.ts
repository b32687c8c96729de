import type { Digest } from "../oci/digest.ts";
import type { Repository } from "../repositories/index.ts";
import { holdsFiles } from "./companion-layers.ts";
import { belongsToAnImage } from "./companions.ts";
import { type AskedImage, type FactDeps, readFacts } from "./image-facts.ts";
import { type Condition, concerns, judge, listNamed, type NamedSignature } from "./judge.ts";
import { covers, type PullPolicy } from "./policy.ts";
import { listCompanionTagsOf } from "./store/facts-store.ts";
import { listExceptionsInForce, type PolicyException } from "./store/policies-store.ts";

/** What one policy says of one image. */
export interface PolicyVerdict {
  readonly policy: PullPolicy;
  readonly conditions: readonly Condition[];
  readonly isMet: boolean;
  /** Whom it asks for, of those who signed or attested. */
  readonly named: readonly NamedSignature[];
  /** Lets it through nevertheless. */
  readonly exception: PolicyException | undefined;
}

/** What all of them say. */
export interface Verdict {
  readonly isExempt: boolean;
  readonly verdicts: readonly PolicyVerdict[];
}

/** Judges one image by those of the policies that are about it. The one place that decides, for pulls and for trials alike. */
export async function decide(
  deps: FactDeps,
  image: AskedImage,
  { policies, now }: { readonly policies: readonly PullPolicy[]; readonly now: Date },
): Promise<Verdict> {
  const { place, digest, manifest } = image;
  const inScope = policies.filter((policy) => covers(policy, place));
  if (inScope.length === 0) return { isExempt: false, verdicts: [] };
  const own = await listCompanionTagsOf(deps.db, place.id, digest);
  if (belongsToAnImage(manifest, own) && !(await holdsFiles(deps.blobs, manifest)))
    return { isExempt: true, verdicts: [] };
  const facts = await readFacts(deps, image, { policies: inScope, now });
  const about = inScope.filter((policy) => concerns(policy, facts));
  const { digests } = facts;
  const inForce = { repositoryId: place.id, digests, now };
  const exceptions = about.length > 0 ? await listExceptionsInForce(deps.db, inForce) : [];
  const verdicts = about.map((policy) => {
    const conditions = judge(policy.rules, facts, now);
    const isMet = conditions.every((condition) => condition.isMet);
    const exception = exceptions.find((one) => one.policyId === policy.id);
    const named = listNamed(policy.rules, facts, now);
    return { policy, conditions, isMet, named, exception };
  });
  return { isExempt: false, verdicts };
}

/** The ones that are not met and not excepted. */
export function failuresOf({ verdicts }: Verdict): readonly PolicyVerdict[] {
  return verdicts.filter(({ isMet, exception }) => !isMet && exception === undefined);
}

/** What is wanted and what there is, in one sentence. */
export function printFailure({ policy, conditions }: PolicyVerdict): string {
  const failed = conditions.filter(({ isMet }) => !isMet);
  const asks = failed.map(({ asks: wanted, found }) => `${wanted} (there is: ${found})`);
  const { kind, name } = policy.scope;
  const scope = kind === "hub" ? "the hub" : name;
  return `the policy ${policy.name} of ${scope} asks for ${asks.join(", and ")}`;
}

/** What somebody who is refused can do. */
export function printFix(place: Repository, digest: Digest, verdict: PolicyVerdict): string {
  const image = `${place.name}@${digest}`;
  const { rules } = verdict.policy;
  const sign = rules.signedBy === undefined ? "" : "have one of them sign it (berth sign), or ";
  return `${sign}ask for an exception; berth policy explain ${image} says more`;
}
