import { z } from "zod";
import type { AccountCard } from "../../catalog/index.ts";

const CORE = "urn:ietf:params:scim:schemas:core:2.0";
export const USER_SCHEMA = `${CORE}:User`;
export const SCIM_TYPE = "application/scim+json";
export const MOST_USERS = 200;

const told = z.string().max(200).nullish();

/** What identity providers send of a user. Attributes that this hub does not keep are left aside (RFC 7644, section 3.3). */
export const userWish = z.object({
  schemas: z.array(z.string().max(200)).max(20),
  userName: z.email().max(254),
  displayName: z.string().max(64).nullish(),
  name: z.object({ givenName: told, familyName: told }).nullish(),
  active: z.boolean().nullish(),
});

export const userChange = userWish.partial({ userName: true }).extend({
  enabled: z.boolean().nullish(),
});

export function toScimUser(card: AccountCard, base = "") {
  const { id, name, email, givenName, familyName, isActive, createdAt } = card;
  const at = createdAt.toISOString();
  return {
    schemas: [USER_SCHEMA],
    id: String(id),
    userName: email ?? name,
    name: { givenName, familyName },
    displayName: name,
    active: isActive,
    emails: email === undefined ? [] : [{ value: email, display: email, primary: true }],
    groups: [],
    meta: {
      resourceType: "User",
      location: `${base}/v2/scim/2.0/Users/${id}`,
      created: at,
      lastModified: at,
    },
  };
}

export function toList(items: readonly unknown[], page?: { count: number; startIndex: number }) {
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: page?.count ?? items.length,
    startIndex: page?.startIndex ?? 1,
    itemsPerPage: items.length,
    // Docker Hub writes it in lower case, RFC 7644 in upper case: each is read by somebody.
    resources: items,
    Resources: items,
  };
}

export const SERVICE_PROVIDER_CONFIG = {
  schemas: [`${CORE}:ServiceProviderConfig`],
  documentationUri: "",
  patch: { supported: false },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: MOST_USERS },
  changePassword: { supported: false },
  sort: { supported: true },
  etag: { supported: false },
  authenticationSchemes: [
    {
      name: "OAuth 2.0 Bearer Token",
      description: "The token that the hub's operator configured",
      specUri: "http://tools.ietf.org/html/rfc6750",
      type: "oauthbearertoken",
    },
  ],
};

export const USER_RESOURCE_TYPE = {
  schemas: [`${CORE}:ResourceType`],
  id: "User",
  name: "User",
  description: "User",
  endpoint: "/Users",
  schema: USER_SCHEMA,
};

const TEXT = {
  type: "string",
  multiValued: false,
  caseExact: false,
  mutability: "readWrite",
  returned: "default",
  uniqueness: "none",
};

export const USER_SCHEMA_BODY = {
  schemas: [`${CORE}:Schema`],
  id: USER_SCHEMA,
  name: "User",
  description: "An account of the hub",
  attributes: [
    {
      ...TEXT,
      name: "userName",
      description: "The user's e-mail address",
      required: true,
      uniqueness: "server",
    },
    {
      ...TEXT,
      name: "displayName",
      description: "The name to log in with; made of the address without it",
      required: false,
      mutability: "immutable",
      uniqueness: "server",
    },
    {
      ...TEXT,
      name: "name",
      type: "complex",
      description: "The person's name",
      required: false,
      subAttributes: [
        { ...TEXT, name: "givenName", description: "The given name", required: false },
        { ...TEXT, name: "familyName", description: "The family name", required: false },
      ],
    },
    {
      ...TEXT,
      name: "active",
      type: "boolean",
      description: "Whether the account can log in",
      required: false,
    },
  ],
};
