import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import { type Activity, type AuditRule, type Entry, findAuditedFrom } from "../activity/index.ts";
import { describeAction, HUB_AUDIT_ACTIONS } from "./audit-actions.ts";
import { hubPageOf, sliceOf } from "./pages.ts";

export interface HubAuditDeps extends AuditRule {
  readonly activity: Pick<Activity, "list">;
}

const config = { access: "account" } as const;
const word = z.string().max(255);
const params = z.object({ account: word });
const instant = z.iso.datetime({ offset: true });
const DEFAULT_PAGE = 25;

/** The audit log of a user or an organization, for whom it is to see. */
export function createHubAuditRoutes(deps: HubAuditDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const path = "/v2/auditlogs/:account";
    app.get(`${path}/actions`, { config, schema: { params } }, async (request) => {
      const account = request.params.account.toLowerCase();
      await findAuditedFrom(deps, callerOf(request), { account });
      const actions = Object.entries(HUB_AUDIT_ACTIONS).map(([group, { label, actions: all }]) => [
        group,
        {
          label,
          actions: Object.entries(all).map(([name, text]) => ({
            name,
            description: text,
            label: text,
          })),
        },
      ]);
      return { actions: Object.fromEntries(actions) };
    });
    const querystring = z.object({
      ...hubPageOf(DEFAULT_PAGE),
      action: word.optional(),
      name: z.string().max(512).optional(),
      actor: word.optional(),
      from: instant.optional(),
      to: instant.optional(),
    });
    app.get(path, { config, schema: { params, querystring } }, async (request) => {
      const account = request.params.account.toLowerCase();
      const { action, name, actor, from, to, ...page } = request.query;
      const wish = { account, from: from ? new Date(from) : undefined };
      const since = await findAuditedFrom(deps, callerOf(request), wish);
      const logs = await deps.activity.list({
        account,
        action: action || undefined,
        name: name || undefined,
        actor: actor || undefined,
        from: since,
        to: to ? new Date(to) : undefined,
        ...sliceOf(page),
      });
      return { logs: logs.map(toLog) };
    });
  };
}

function toLog(entry: Entry) {
  const { account, action, actor, at } = entry;
  // What happens to a tag is told of its repository, with the tag beside it.
  const [name = "", tag] = action.startsWith("repo.tag.") ? entry.name.split(":") : [entry.name];
  return {
    account,
    action,
    name,
    actor,
    data: { ...toData(entry), ...(tag === undefined ? {} : { tag }) },
    timestamp: new Date(at).toISOString(),
    action_description: describeAction(action),
  };
}

/** A flat record of texts. */
function toData({ before, after, outcome }: Entry): Readonly<Record<string, string>> {
  const facts = JSON.parse(after ?? before ?? "{}") as Record<string, unknown>;
  const texts = Object.entries(facts).flatMap(([key, value]) =>
    value === null ? [] : [[key, typeof value === "string" ? value : JSON.stringify(value)]],
  );
  return { ...Object.fromEntries(texts), ...(outcome === "refused" ? { outcome } : {}) };
}
