import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { organizationView } from "../../../src/contract/catalog-organizations.ts";
import type {
  inviteOutcomes,
  newOrganizationInvitations,
  organizationInvitation,
} from "../../../src/contract/invitations.ts";
import type {
  createdMachine,
  machine,
  member,
  newMachine,
  newOrganization,
  newRight,
  organization,
  right,
  rightKey,
  team,
} from "../../../src/contract/organizations.ts";
import type { newOrganizationRole, organizationRole } from "../../../src/contract/roles.ts";
import type { organizationTwoFactor } from "../../../src/contract/two-factor.ts";
import { ask, withQuery } from "./ask.ts";
import { pagesOf } from "./pages.ts";

export type OrganizationView = z.output<typeof organizationView>;
export type Member = z.output<typeof member>;
export type Team = z.output<typeof team>;
export type Right = z.output<typeof right>;
export type Machine = z.output<typeof machine>;
export type MachineNoun = "robots" | "tokens";
export type InviteOutcome = z.output<typeof inviteOutcomes>["items"][number];

interface Listed<Item> {
  readonly items: readonly Item[];
}

const keyOf = (name: string) => ["organization", name];
const path = (name: string, ...rest: readonly string[]): `/${string}` =>
  `/api/v1/organizations/${[name, ...rest].map(encodeURIComponent).join("/")}`;

export const organizationsQuery = pagesOf<z.output<typeof organization>>(
  ["organizations"],
  "/api/v1/organizations",
);

export function organizationQuery(name: string) {
  return queryOptions({
    queryKey: keyOf(name),
    queryFn: ({ signal }) =>
      ask<OrganizationView>(`GET /api/v1/catalog/organizations/${encodeURIComponent(name)}`, {
        signal,
      }),
  });
}

export const membersQuery = (name: string) =>
  pagesOf<Member>([...keyOf(name), "members"], path(name, "members"));
export const invitationsQuery = (name: string) =>
  pagesOf<z.output<typeof organizationInvitation>>(
    [...keyOf(name), "invitations"],
    path(name, "invitations"),
  );
export const teamsQuery = (name: string) =>
  pagesOf<Team>([...keyOf(name), "teams"], path(name, "teams"));
export const teamMembersQuery = (name: string, of: string) =>
  pagesOf<string>([...keyOf(name), "teams", of], path(name, "teams", of, "members"));

function listOf<Item>(name: string, noun: string, address = path(name, noun)) {
  return queryOptions({
    queryKey: [...keyOf(name), noun],
    queryFn: ({ signal }) => ask<Listed<Item>>(`GET ${address}`, { signal }),
  });
}

export type Role = z.output<typeof organizationRole>;
export type NewRole = z.input<typeof newOrganizationRole>;
export const rolesQuery = (name: string) => listOf<Role>(name, "roles");
export const machinesQuery = (name: string, noun: MachineNoun) => listOf<Machine>(name, noun);
const rightsPath = (name: string): `/${string}` =>
  `/api/v1/namespaces/${encodeURIComponent(name)}/rights`;
/** All of them: they are shown as one table of who and where. */
export function rightsQuery(name: string) {
  return queryOptions({
    queryKey: [...keyOf(name), "rights"],
    queryFn: async ({ signal }) => {
      const items: Right[] = [];
      let last: string | undefined;
      do {
        const line = `GET ${withQuery(rightsPath(name), { last })}` as const;
        const page = await ask<Listed<Right> & { readonly next?: string }>(line, { signal });
        items.push(...page.items);
        last = page.next;
      } while (last !== undefined);
      return { items };
    },
  });
}

export function twoFactorDutyQuery(name: string) {
  return queryOptions({
    queryKey: [...keyOf(name), "two-factor"],
    queryFn: ({ signal }) =>
      ask<z.output<typeof organizationTwoFactor>>(`GET ${path(name, "two-factor")}`, { signal }),
  });
}

/** As Docker Hub's API has it. */
export interface PublicImages {
  readonly restricted_images: {
    readonly enabled: boolean;
    readonly allow_official_images: boolean;
    readonly allow_verified_publishers: boolean;
  };
}

const publicImagesPath = (name: string) => `/v2/orgs/${encodeURIComponent(name)}/settings` as const;

export function publicImagesQuery(name: string) {
  return queryOptions({
    queryKey: [...keyOf(name), "public-images"],
    queryFn: ({ signal }) => ask<PublicImages>(`GET ${publicImagesPath(name)}`, { signal }),
  });
}

/** What people change of an organization. */
export const organizationDeeds = {
  create: (body: z.input<typeof newOrganization>) =>
    ask<z.output<typeof organization>>("POST /api/v1/organizations", { body }),
  remove: (name: string) => ask(`DELETE ${path(name)}`),
};

/** The same for one that is there: each asks the hub, and says nothing of what has to be read anew. */
export function deedsOf(name: string) {
  return {
    putMember: ({ user, role }: { readonly user: string; readonly role: string }) =>
      ask(`PUT ${path(name, "members", user)}`, { body: { role } }),
    removeMember: (user: string) => ask(`DELETE ${path(name, "members", user)}`),
    invite: (body: z.input<typeof newOrganizationInvitations>) =>
      ask<z.output<typeof inviteOutcomes>>(`POST ${path(name, "invitations")}`, { body }),
    cancelInvitation: (id: string) => ask(`DELETE ${path(name, "invitations", id)}`),
    createTeam: (body: { readonly name: string; readonly description: string }) =>
      ask(`POST ${path(name, "teams")}`, { body }),
    removeTeam: (of: string) => ask(`DELETE ${path(name, "teams", of)}`),
    addToTeam: ({ of, user }: { readonly of: string; readonly user: string }) =>
      ask(`PUT ${path(name, "teams", of, "members", user)}`),
    removeFromTeam: ({ of, user }: { readonly of: string; readonly user: string }) =>
      ask(`DELETE ${path(name, "teams", of, "members", user)}`),
    createRole: (body: NewRole) => ask(`POST ${path(name, "roles")}`, { body }),
    changeRole: ({ of, ...body }: NewRole & { readonly of: string }) =>
      ask(`PATCH ${path(name, "roles", of)}`, { body }),
    removeRole: (of: string) => ask(`DELETE ${path(name, "roles", of)}`),
    giveRight: (body: z.input<typeof newRight>) => ask(`PUT ${rightsPath(name)}`, { body }),
    takeRight: (key: z.input<typeof rightKey>) => ask(`DELETE ${withQuery(rightsPath(name), key)}`),
    createMachine: ({
      noun,
      ...body
    }: z.input<typeof newMachine> & { readonly noun: MachineNoun }) =>
      ask<z.output<typeof createdMachine>>(`POST ${path(name, noun)}`, { body }),
    rotateMachine: async ({ noun, id, user }: MachineKey & Pick<Machine, "user">) => {
      const rotation = `POST ${path(name, noun, id, "rotate")}` as const;
      return { user, ...(await ask<{ readonly secret: string }>(rotation, { body: {} })) };
    },
    removeMachine: ({ noun, id }: MachineKey) => ask(`DELETE ${path(name, noun, id)}`),
    askForTwoFactor: (required: boolean) =>
      ask(`PUT ${path(name, "two-factor")}`, { body: { required } }),
    limitPublicImages: (restricted_images: PublicImages["restricted_images"]) =>
      ask(`PUT ${publicImagesPath(name)}`, { body: { restricted_images } }),
    setDefaultVisibility: (defaultVisibility: "public" | "private") =>
      ask(`PATCH /api/v1/namespaces/${encodeURIComponent(name)}`, { body: { defaultVisibility } }),
  };
}

interface MachineKey {
  readonly noun: MachineNoun;
  readonly id: string;
}
