import { type ApiCase, forPeople, OWNER, PERSON } from "./roles.ts";

const SENT = "/api/v1/organizations/{organization}/invitations";
const OWN = "/api/v1/account/invitations";

/** To organizations: for those who manage their people, and for whoever is invited, which nobody of these is. */
export const INVITATION_CASES: Readonly<Record<string, ApiCase>> = {
  [`GET ${SENT}`]: { expected: OWNER },
  [`POST ${SENT}`]: { body: { invitees: ["stranger"], dryRun: true }, expected: OWNER },
  [`POST ${SENT}/{invitation}/resend`]: { expected: OWNER },
  [`DELETE ${SENT}/{invitation}`]: { expected: OWNER },
  [`GET ${OWN}`]: { expected: PERSON },
  [`POST ${OWN}`]: { body: { secret: "-" }, expected: PERSON },
  [`POST ${OWN}/{invitation}/accept`]: { expected: { ...PERSON, ...forPeople("404") } },
  [`DELETE ${OWN}/{invitation}`]: { expected: { ...PERSON, ...forPeople("404") } },
  "GET /v2/orgs/{organization}/invites": { expected: OWNER },
  "POST /v2/invites/bulk": {
    body: { org: "acme", role: "editor", invitees: ["stranger"], dry_run: true },
    expected: OWNER,
  },
  "DELETE /v2/invites/{invitation}": { expected: OWNER },
  "PATCH /v2/invites/{invitation}/resend": { expected: OWNER },
};
