import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import {
  ORGANIZATION_TWO_FACTOR_PATH,
  organizationTwoFactor,
  organizationTwoFactorChange,
} from "../../contract/two-factor.ts";
import type { Authority } from "../authority.ts";
import type { Organization } from "../organizations-store.ts";
import type { OrganizationSettings } from "./organization-settings.ts";

export interface OrganizationTwoFactorDeps {
  readonly settings: OrganizationSettings;
  readonly authority: Authority;
}

const SHOWN = 100;
const params = z.object({ organization: z.string().max(255) });

/** Whether an organization gives its people anything before they have two-factor login. */
export function createOrganizationTwoFactorRoutes({
  settings,
  authority,
}: OrganizationTwoFactorDeps): FastifyPluginAsyncZod {
  const config = { access: "account" } as const;
  const response = { 200: organizationTwoFactor };
  const describe = async (organization: Organization) => ({
    required: await settings.asksForTwoFactor(organization),
    without: [...(await settings.listWithoutTwoFactor(organization, SHOWN))],
  });
  return async (app) => {
    const get = { params, response };
    app.get(ORGANIZATION_TWO_FACTOR_PATH, { config, schema: get }, async (request) => {
      const { organization } = request.params;
      return await describe(
        await authority.getOrganization(callerOf(request), organization, "organization.settings"),
      );
    });
    const put = { params, body: organizationTwoFactorChange, response };
    const sensitive = { ...config, isSensitive: true } as const;
    app.put(ORGANIZATION_TWO_FACTOR_PATH, { config: sensitive, schema: put }, async (request) => {
      const caller = callerOf(request);
      const { organization } = request.params;
      const found = await authority.getOrganization(caller, organization, "organization.settings");
      await settings.askForTwoFactor(found, request.body.required, caller);
      return await describe(found);
    });
  };
}
