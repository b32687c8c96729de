import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Caller, Journal } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import {
  createHubTagRuleRoutes,
  createNamespaceTagRuleRoutes,
  createTagOverrideRoutes,
  createTagRuleRoutes,
  type RulePresence,
  TagOverrides,
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
  readonly clock: () => Date;
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
  parts: LifecycleRules &
    LifecycleDeps & { readonly authority: Authority; readonly randomId: () => string },
): readonly FastifyPluginAsyncZod[] {
  const { authority } = parts;
  const getRepository = (caller: Caller, name: string, action: "pull" | "admin") =>
    authority.getRepository(caller, name, action);
  const overrides = new TagOverrides({
    ...parts,
    async assertMayDecide(caller, { name }, level) {
      await authority.getRepository(caller, name, "admin");
      const [namespace = ""] = name.split("/", 1);
      if (level === "namespace") await authority.getNamespace(caller, namespace, "owner");
      if (level !== "hub" || caller.by.role === "administrator") return;
      const detail =
        "the hub says that this tag is immutable: only an administrator can approve it";
      throw new ProblemError(PROBLEMS.DENIED, { detail });
    },
  });
  return [
    createTagOverrideRoutes({ overrides, getRepository }),
    createTagRuleRoutes({
      ...parts,
      access: { read: "anybody", write: "account" },
      getRepository,
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
