import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import { CATALOG_ORGANIZATIONS_PATH, organizationView } from "../contract/catalog-organizations.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { PERMISSIONS, type Permission } from "../contract/roles.ts";
import type { Authority } from "../organizations/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { PullTables } from "../pulls/index.ts";
import type { CatalogAccess } from "./catalog-access.ts";
import { explore } from "./explore.ts";

export interface OrganizationPageDeps {
  readonly db: Kysely<PullTables>;
  readonly access: CatalogAccess;
  readonly authority: Pick<Authority, "findSeat">;
}

const ALL = Object.keys(PERMISSIONS) as Permission[];

/** What its page shows of an organization: to its people, and to whoever may pull something of it. */
export function createOrganizationPageRoutes(deps: OrganizationPageDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const config = { access: "anybody" } as const;
    const params = z.object({ organization: z.string().max(255) });
    const schema = { params, response: { 200: organizationView } };
    const path = `${CATALOG_ORGANIZATIONS_PATH}/:organization`;
    app.get(path, { config, schema }, async (request) => {
      const caller = callerOf(request);
      const found = await deps.authority.findSeat(caller, request.params.organization);
      if (found === undefined || !(await isSeen(deps, caller, found))) throw unseen(caller);
      return toView(found);
    });
  };
}

type Found = NonNullable<Awaited<ReturnType<Authority["findSeat"]>>>;

async function isSeen(
  deps: OrganizationPageDeps,
  caller: Caller,
  { organization, seat }: Found,
): Promise<boolean> {
  if (seat !== undefined) return true;
  const one = { words: [], order: "name", after: undefined, limit: 1 } as const;
  const cards = await explore(deps, caller, { ...one, namespace: organization.name });
  return cards.length > 0;
}

/** The same for what is not there. */
function unseen({ by }: Caller): ProblemError {
  return new ProblemError(by.kind === "anonymous" ? PROBLEMS.UNAUTHORIZED : PROBLEMS.NOT_FOUND);
}

function toView({ organization, seat }: Found): z.input<typeof organizationView> {
  const { name, fullName, createdAt } = organization;
  const isOwner = seat?.isOwner === true;
  return {
    ...{ name, fullName, createdAt: createdAt.toISOString(), isOwner },
    ...(seat !== undefined && { role: seat.name }),
    permissions: isOwner ? ALL : [...(seat?.permissions ?? [])],
  };
}
