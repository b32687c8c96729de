import type { AccountCondition, AccountField } from "../../catalog/index.ts";
import { ScimError } from "./scim-error.ts";
import type { ScimComparison, ScimFilter } from "./scim-filter.ts";

/** Attributes by their lower-case names. A user's name there is the address, as on Docker Hub. */
const FIELDS: Readonly<Record<string, AccountField>> = {
  id: "id",
  username: "login",
  displayname: "name",
  emails: "email",
  "emails.value": "email",
  "name.givenname": "givenName",
  "name.familyname": "familyName",
};

/** Throws ScimError (invalidFilter) for attributes that nobody can look for: no others can be asked out of the hub. */
export function toCondition(filter: ScimFilter): AccountCondition {
  switch (filter.kind) {
    case "and":
    case "or":
      return { kind: filter.kind, parts: [toCondition(filter.left), toCondition(filter.right)] };
    case "not":
      return { kind: "not", part: toCondition(filter.filter) };
    case "compare":
      return compare(filter);
  }
}

/** Throws ScimError (invalidPath). */
export function toSortField(attribute: string): AccountField {
  const field = FIELDS[attribute.toLowerCase()];
  if (field !== undefined) return field;
  const detail = `users cannot be sorted by "${attribute}"`;
  throw new ScimError({ status: 400, scimType: "invalidPath", detail });
}

function compare({ attribute, operator, value }: ScimComparison): AccountCondition {
  if (attribute === "active") {
    const isEqual = operator === "eq";
    if (typeof value === "boolean" && (isEqual || operator === "ne"))
      return { kind: "active", value: value === isEqual };
    throw invalid('"active" is true or false, and compared by eq or ne');
  }
  const field = FIELDS[attribute];
  if (field === undefined) throw invalid(`users cannot be looked for by "${attribute}"`);
  if (typeof value === "boolean") throw invalid(`"${attribute}" is compared with a text`);
  return { kind: "text", field, operator, value };
}

function invalid(why: string): ScimError {
  return new ScimError({ status: 400, scimType: "invalidFilter", detail: `the filter: ${why}` });
}
