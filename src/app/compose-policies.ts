import type { Caller } from "../access/index.ts";
import type { RepositoryChanges } from "../catalog/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { createPolicies, type ImageScan, type Policies, type PolicyDeps } from "../policy/index.ts";
import { readKnownScan, ScanAccess } from "../scanning/index.ts";
import type { Identity } from "./compose-identity.ts";
import type { ComposedPulls } from "./compose-pulls.ts";
import { assertKnown, assertOperates } from "./operator-access.ts";
import type { HubTables } from "./stores.ts";

/** In every mode; without accounts everybody may push, so that nothing is refused to anybody. */
export async function composePolicies(parts: {
  readonly database: Database<HubTables>;
  readonly blobs: PolicyDeps["blobs"];
  readonly identity: Pick<Identity, "access" | "authority" | "findAccount">;
  readonly pulls: Pick<ComposedPulls, "settle">;
  /** Whether what is attached to an image may say that findings are none. */
  readonly trustsClaims: boolean;
  readonly policyChanges: Pick<RepositoryChanges, "noteIn">;
  readonly clock: () => Date;
  readonly listNotarySignatures: PolicyDeps["listNotarySignatures"];
}): Promise<Policies> {
  const { database, identity, pulls } = parts;
  const { authoriser, journal } = identity.access;
  const images = new ScanAccess({ database, authoriser });
  const getHub: PolicyDeps["getScope"] = async (caller, text) => {
    await assertOperates(authoriser, caller);
    if (text === HUB.name) return HUB;
    const detail = "a hub without accounts has policies of the hub alone";
    throw new ProblemError(PROBLEMS.NOT_FOUND, { detail });
  };
  const getScope: PolicyDeps["getScope"] = async (caller, text, wish) => {
    assertKnown(caller);
    if (text === HUB.name) return await getHub(caller, text, wish);
    return await getOwned(identity, caller, { text, wish });
  };
  return await createPolicies({
    ...parts,
    ...{ authoriser, journal },
    onChanged: (scope) => parts.policyChanges.noteIn(scope),
    findAccount: identity.findAccount,
    settlePulls: () => pulls.settle(),
    readScan: (repository, digest) => readScan(parts, { repository, digest }),
    getRepository: (caller, name) => images.getRepository(caller, name, "pull"),
    getScope: identity.authority === undefined ? getHub : getScope,
  });
}

const HUB = { kind: "hub", id: 0, name: "hub" } as const;

async function getOwned(
  { authority }: Pick<Identity, "authority">,
  caller: Caller,
  { text, wish }: { readonly text: string; readonly wish: "read" | "manage" },
): ReturnType<PolicyDeps["getScope"]> {
  if (authority === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  if (text.includes("/")) {
    const right = wish === "read" ? "pull" : "admin";
    const { id, name } = await authority.getRepository(caller, text, right);
    return { kind: "repository", id, name };
  }
  const need = wish === "read" ? "right.read" : "owner";
  const { id, name } = await authority.getNamespace(caller, text, need);
  return { kind: "namespace", id, name };
}

type KnownImage = Parameters<typeof readKnownScan>[1];

async function readScan(
  parts: {
    readonly database: Database<HubTables>;
    readonly trustsClaims: boolean;
    readonly clock: () => Date;
  },
  image: KnownImage,
): Promise<ImageScan | undefined> {
  const { database, trustsClaims, clock } = parts;
  const known = await readKnownScan(database.reader, image, { trustsClaims, now: clock() });
  if (known === undefined) return undefined;
  const findings = known.findings.map(({ id, severity, fixedVersion, isKnownExploited }) => ({
    ...{ id, severity, fixedVersion, isKnownExploited },
    foundAt: known.foundAt.get(id),
  }));
  return { findings, isEndOfLife: known.isEndOfLife };
}
