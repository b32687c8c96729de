import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import {
  createOrganizationInvitationRoutes,
  createReceivedInvitationRoutes,
  OrganizationInvitations,
  ReceivedInvitations,
} from "../organizations/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";

type Parts = ConstructorParameters<typeof OrganizationInvitations>[0] &
  ConstructorParameters<typeof ReceivedInvitations>[0] &
  Omit<Parameters<typeof createOrganizationInvitationRoutes>[0], "organizationInvitations"> &
  Omit<Parameters<typeof createReceivedInvitationRoutes>[0], "receivedInvitations">;

interface ComposedInvitations {
  readonly organizationInvitations: OrganizationInvitations;
  readonly receivedInvitations: ReceivedInvitations;
  readonly routes: readonly FastifyPluginAsyncZod[];
  readonly jobs: readonly PeriodicJob[];
}

const HOUR = 3_600_000;

/** Invitations to organizations: of those who send them and of those who get them. */
export function composeInvitations(parts: Parts): ComposedInvitations {
  const organizationInvitations = new OrganizationInvitations(parts);
  const receivedInvitations = new ReceivedInvitations(parts);
  const rules = { ...parts, organizationInvitations, receivedInvitations };
  return {
    organizationInvitations,
    receivedInvitations,
    routes: [createOrganizationInvitationRoutes(rules), createReceivedInvitationRoutes(rules)],
    jobs: [
      {
        name: "forget old invitations to organizations",
        everyMs: HOUR,
        run: () => organizationInvitations.removeOld(),
      },
    ],
  };
}
