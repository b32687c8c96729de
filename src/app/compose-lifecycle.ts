import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Journal } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import {
  createHubTagRuleRoutes,
  createNamespaceTagRuleRoutes,
  createTagRuleRoutes,
  type RulePresence,
  TagRules,
  TagTrials,
} from "../lifecycle/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { Authority } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { findWholeRepository } from "../repositories/index.ts";
import type { HubTables } from "./stores.ts";

interface LifecycleDeps {
  readonly database: Database<HubTables>;
  readonly journal: Journal;
  readonly rulePresence: RulePresence;
}

interface LifecycleRules {
  readonly tagRules: TagRules;
  readonly trials: TagTrials;
}

/** What is said about tags, in every mode. */
export function createLifecycleRules(deps: LifecycleDeps): LifecycleRules {
  const { rulePresence: presence } = deps;
  return { tagRules: new TagRules({ ...deps, presence }), trials: new TagTrials(deps) };
}

/** Where there are accounts: who may say what is decided by their rights. */
export function createLifecycleRoutes(
  parts: LifecycleRules & { readonly authority: Authority },
): readonly FastifyPluginAsyncZod[] {
  const { authority } = parts;
  return [
    createTagRuleRoutes({
      ...parts,
      access: { read: "anybody", write: "account" },
      getRepository: (caller, name, action) => authority.getRepository(caller, name, action),
    }),
    createNamespaceTagRuleRoutes({
      ...parts,
      getNamespace: (caller, name, need) => authority.getNamespace(caller, name, need),
    }),
    createHubTagRuleRoutes({ ...parts, access: "account" }),
  ];
}

/** Where there are none: whoever may push may say it, and nobody owns a namespace. */
export function createOpenLifecycleRoutes(
  deps: Omit<LifecycleDeps, "journal">,
): readonly FastifyPluginAsyncZod[] {
  const { database } = deps;
  const parts = createLifecycleRules({ ...deps, journal: { record: async () => undefined } });
  return [
    createTagRuleRoutes({
      ...parts,
      access: { read: "operate", write: "operate" },
      async getRepository(_caller, name) {
        const found = await findWholeRepository(database.reader, name as RepositoryName);
        if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
        return found;
      },
    }),
    createHubTagRuleRoutes({ ...parts, access: "operate" }),
  ];
}
