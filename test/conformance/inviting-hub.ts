import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type ApiAnswer, done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

export const ACME = "/api/v1/organizations/acme";
export const INVITES = `${ACME}/invitations`;
export const OWN = "/api/v1/account/invitations";

type Body = ApiAnswer["body"];

/** An organization with an owner, a member and two teams, and what people do with its invitations. */
export async function startInvitingHub(clock: () => Date) {
  const settings = { "access.signUp": "invitation" };
  const hub = await startAccountsHub({ settings, clock });
  await hub.addUsers("olga", "mike", "stranger");
  await hub.addOrganization("acme", { olga: "owner", mike: "member" });
  await done(hub.root("DELETE /api/v1/organizations/acme/members/admin"));
  for (const name of ["builders", "testers"])
    await done(hub.as("olga")(`POST ${ACME}/teams`, { name }));
  let made = 0;
  return {
    ...hub,
    /** An account of its own for each test. */
    async addUser(email?: string): Promise<string> {
      made += 1;
      const name = `guest${[...String(made)].map((digit) => "bcdefghjkp"[Number(digit)]).join("")}`;
      await done(hub.root("POST /api/v1/users", { name, password: SENTENCE, email }));
      return name;
    },
    async invite(invitee: string, wish: object = {}, by = "olga"): Promise<Body> {
      const { body } = await done(hub.as(by)(`POST ${INVITES}`, { invitees: [invitee], ...wish }));
      return body.items[0];
    },
    async roleOf(name: string): Promise<string | undefined> {
      const { body } = await done(hub.as("olga")(`GET ${ACME}/members?limit=1000`));
      return body.items.find((one: { name: string }) => one.name === name)?.role;
    },
    ownOf: async (name: string): Promise<Body> =>
      (await done(hub.as(name)(`GET ${OWN}`))).body.items,
    accept: (name: string, id: string) => hub.as(name)(`POST ${OWN}/${id}/accept`),
    /** Everything that webhooks could tell of. */
    events(): string {
      using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"), { readOnly: true });
      const rows = database.prepare("select payload from outbox").all();
      return rows.map(({ payload }) => String(payload)).join("\n");
    },
  };
}
