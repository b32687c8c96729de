import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { callerOf } from "../../access/index.ts";
import { AUDIT_PATH, auditForwarding } from "../../contract/audit.ts";
import { type AuditRule, findAuditedFrom } from "../audit-rule.ts";
import type { Forwarder } from "./forwarder.ts";

export interface ForwardingRouteDeps extends AuditRule {
  readonly forwarders: readonly Pick<Forwarder, "state">[];
}

/** How far the collectors of the audit trail have come, for administrators and auditors of the hub. */
export function createForwardingRoutes(deps: ForwardingRouteDeps): FastifyPluginAsyncZod {
  const config = { access: "account" } as const;
  return async (app) => {
    const schema = { response: { 200: auditForwarding } };
    app.get(`${AUDIT_PATH}/forwarding`, { config, schema }, async (request) => {
      await findAuditedFrom(deps, callerOf(request), { account: undefined });
      const states = await Promise.all(deps.forwarders.map((one) => one.state()));
      return {
        items: states.map(({ sentAt, ...rest }) => ({
          ...rest,
          ...(sentAt === undefined ? {} : { sentAt: sentAt.toISOString() }),
        })),
      };
    });
  };
}
