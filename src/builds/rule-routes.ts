import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf, type Journal } from "../access/index.ts";
import {
  BUILD_PATHS,
  buildRules,
  hubRules,
  keptBuildRules,
  rulePreview,
  rulePreviewed,
} from "../contract/builds.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Repository } from "../repositories/index.ts";
import type { BuildAccess } from "./build-access.ts";
import { findRules, saveRules } from "./builds-store.ts";
import type { GitRepositories } from "./git/git-repositories.ts";
import { assertRules } from "./queue/build-queue.ts";
import { renumberRules } from "./renumber-rules.ts";
import { applyRule } from "./rules/apply-rule.ts";
import { parseBuildRule, withContext } from "./rules/build-rule.ts";
import { BuildRuleError } from "./rules/build-rule-error.ts";
import { type GitRef, parseGitRef } from "./rules/git-ref.ts";
import { importHubRules } from "./rules/import-hub-rules.ts";
import { matchRules } from "./rules/match-rules.ts";
import { nextTimeOf } from "./rules/schedule.ts";
import { warnOfArgs } from "./rules/secret-words.ts";
import { findSourceOf } from "./sources/sources-store.ts";
import type { BuildTables } from "./tables.ts";
import { saveSchedules } from "./triggers/schedules-store.ts";

export interface RuleRouteDeps {
  readonly database: Database<BuildTables>;
  readonly access: BuildAccess;
  readonly git: GitRepositories;
  readonly journal: Journal;
  readonly clock: () => Date;
}

type Rules = z.output<typeof buildRules>["rules"];

const config = { access: "account" } as const;
/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });

/** Which pushes become which tags: whoever reads the repository sees it, whoever administers it says so. */
export function createRuleRoutes(deps: RuleRouteDeps): FastifyPluginAsyncZod {
  const { access, database } = deps;
  return async (app) => {
    const show = { params, response: { 200: keptBuildRules } };
    app.get(`${BUILD_PATHS.rules}/*`, { config, schema: show }, async (request) => {
      const { id } = await access.getRepository(callerOf(request), request.params["*"], "pull");
      return withWarnings(await findRules(database.reader, id));
    });
    const save = { params, body: buildRules, response: { 200: keptBuildRules } };
    app.put(`${BUILD_PATHS.rules}/*`, { config, schema: save }, async (request) => {
      const caller = callerOf(request);
      const found = await access.getRepository(caller, request.params["*"], "admin");
      return await keep(deps, { caller, repository: found, rules: request.body.rules });
    });
    const bring = { params, body: hubRules, response: { 200: keptBuildRules } };
    app.post(`${BUILD_PATHS.importRules}/*`, { config, schema: bring }, async (request) => {
      const caller = callerOf(request);
      const found = await access.getRepository(caller, request.params["*"], "admin");
      return await keep(deps, {
        caller,
        repository: found,
        rules: readHubRules(request.body.text),
      });
    });
    const preview = { params, body: rulePreview, response: { 200: rulePreviewed } };
    app.post(`${BUILD_PATHS.previewRules}/*`, { config, schema: preview }, async (request) => {
      const found = await access.getRepository(callerOf(request), request.params["*"], "pull");
      return await previewRules(deps, found, request.body);
    });
  };
}

/** What would be made of a ref as it is now, or of one that is to come. Throws BUILD_RULE_INVALID. */
async function previewRules(
  { database, git, clock }: RuleRouteDeps,
  { id }: Repository,
  wish: z.output<typeof rulePreview>,
): Promise<z.input<typeof rulePreviewed>> {
  const { ref } = wish;
  const rules = wish.rules ?? (await findRules(database.reader, id));
  assertRules(rules);
  const commit = (await git.exists(id)) ? (await git.listRefs(id)).get(ref) : undefined;
  const context = (await findSourceOf(database.reader, id))?.context;
  const pushed = { ...readRef(ref), commit: commit ?? "0".repeat(40), date: clock() };
  return {
    ref,
    ...(commit === undefined ? {} : { commit }),
    rules: rules.map((text, index) => {
      const applied = applyRule(parseBuildRule(withContext(text, context)), pushed);
      if (!applied.builds) return { rule: index + 1, builds: false, why: applied.why, tags: [] };
      const { autobuild, dockerfile, tags } = applied;
      const place = { context: applied.context, dockerfile };
      return { rule: index + 1, builds: true, autobuild, ...place, tags: [...tags] };
    }),
  };
}

/** Throws BUILD_RULE_INVALID. */
function readRef(ref: string): GitRef {
  try {
    return parseGitRef(ref);
  } catch (cause) {
    if (!(cause instanceof BuildRuleError)) throw cause;
    throw new ProblemError(PROBLEMS.BUILD_RULE_INVALID, { detail: cause.message, cause });
  }
}

/** Throws BUILD_RULE_INVALID. */
function readHubRules(text: string): Rules {
  try {
    return buildRules.parse({ rules: importHubRules(text) }).rules;
  } catch (cause) {
    const isKnown = cause instanceof BuildRuleError || cause instanceof z.ZodError;
    if (!isKnown) throw cause;
    const detail =
      cause instanceof BuildRuleError ? cause.message : "they hold something that no rule may";
    throw new ProblemError(PROBLEMS.BUILD_RULE_INVALID, { detail, cause });
  }
}

async function keep(
  { database, journal, clock }: RuleRouteDeps,
  wish: { readonly caller: Caller; readonly repository: Repository; readonly rules: Rules },
): Promise<z.input<typeof keptBuildRules>> {
  const { caller, repository, rules } = wish;
  assertRules(rules);
  const due = dueOf(rules, caller, clock());
  const [account = ""] = repository.name.split("/", 1);
  await database.write(async (trx) => {
    const before = await findRules(trx, repository.id);
    await saveRules(trx, { repository: repository.id, rules, now: clock() });
    const places = matchRules(before, rules);
    await renumberRules(trx, repository.id, { places, now: clock() });
    await saveSchedules(trx, repository.id, due);
    await journal.record(trx, {
      action: "repo.build.rules.updated",
      ...{ by: caller.by, origin: caller.origin, account, name: repository.name },
      ...{ before: { rules: before }, after: { rules } },
    });
  });
  return withWarnings(rules);
}

/** When each rule with a schedule is next. Throws DENIED where nobody stands behind them. */
function dueOf(rules: Rules, { by }: Caller, now: Date) {
  const due = rules.flatMap(({ schedule }, rule) => {
    const at = schedule === undefined ? undefined : nextTimeOf(schedule, now);
    return at === undefined ? [] : [{ rule, at }];
  });
  const { kind, accountId } = by;
  if (due.length > 0 && (kind !== "user" || accountId === undefined))
    throw new ProblemError(PROBLEMS.DENIED, {
      detail: "scheduled images are published on the right of who saves the rules: a person",
    });
  return due.map((one) => ({ ...one, accountId: accountId ?? 0 }));
}

function withWarnings(rules: Rules): z.input<typeof keptBuildRules> {
  const warnings = warnOfArgs([...new Set(rules.flatMap(({ args }) => Object.keys(args ?? {})))]);
  return { rules, ...(warnings.length === 0 ? {} : { warnings }) };
}
