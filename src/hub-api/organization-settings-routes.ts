import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import type { Authority, OrganizationSettings } from "../organizations/index.ts";

export interface HubSettingsDeps {
  readonly settings: OrganizationSettings;
  readonly authority: Authority;
}

const config = { access: "account" } as const;
const params = z.object({ organization: z.string().max(255) });
const restriction = z.object({
  restricted_images: z.object({
    enabled: z.boolean(),
    allow_official_images: z.boolean(),
    allow_verified_publishers: z.boolean(),
  }),
});
const PATH = "/v2/orgs/:organization/settings";

/** Which public images the members of an organization may pull. */
export function createHubSettingsRoutes({
  settings,
  authority,
}: HubSettingsDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(PATH, { config, schema: { params } }, async (request) => {
      const caller = callerOf(request);
      const { organization } = request.params;
      return toBody(
        await settings.get(await authority.getOrganization(caller, organization, "member")),
      );
    });
    app.put(PATH, { config, schema: { params, body: restriction } }, async (request) => {
      const caller = callerOf(request);
      const { organization } = request.params;
      const found = await authority.getOrganization(caller, organization, "organization.settings");
      const {
        enabled: isOn,
        allow_official_images: allowsOfficial,
        allow_verified_publishers: allowsVerified,
      } = request.body.restricted_images;
      await settings.change(found, { isOn, allowsOfficial, allowsVerified }, caller);
      return toBody(await settings.get(found));
    });
  };
}

function toBody({
  isOn,
  allowsOfficial,
  allowsVerified,
}: Awaited<ReturnType<OrganizationSettings["get"]>>) {
  return {
    restricted_images: {
      enabled: isOn,
      allow_official_images: allowsOfficial,
      allow_verified_publishers: allowsVerified,
    },
  };
}
