import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { Journal } from "../access/index.ts";
import {
  type Accounts,
  createInvitationRoutes,
  createLinkPages,
  createSignUpRoutes,
  EmailChanges,
  Invitations,
  PasswordResets,
  RequestGate,
  type SignUpPolicy,
  SignUps,
} from "../accounts/index.ts";
import type { Authority, OrganizationInvitations } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import { composeInvitations } from "./compose-invitations.ts";
import type { ComposedMail } from "./compose-mail.ts";
import type { HubTables } from "./stores.ts";

export interface SignUpOptions {
  /** Who may make an account for themselves. */
  readonly policy: SignUpPolicy;
  /** How long an invitation lasts. */
  readonly invitationMs: number;
}

interface SignUpParts extends PublicAddress, Pick<ComposedMail, "mails" | "links"> {
  readonly database: Database<HubTables>;
  readonly accounts: Accounts;
  readonly authority: Authority;
  readonly journal: Journal;
  /** Where clients reach the hub, when it was told. */
  readonly url: string | undefined;
  /** Called after each committed change of what anybody may do. */
  readonly onChange: () => void;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}

const SECOND = 1000;
const HOUR = 3_600_000;

interface ComposedSignUp {
  readonly organizationInvitations: OrganizationInvitations;
  readonly routes: readonly FastifyPluginAsyncZod[];
  readonly jobs: readonly PeriodicJob[];
}

/** How people come in and get in again without an administrator making their password. */
export function composeSignUp(
  { policy, invitationMs }: SignUpOptions,
  parts: SignUpParts,
): ComposedSignUp {
  const hubUrl = parts.url?.replace(/\/+$/, "");
  const limits = { isSignUpClosed: policy === "closed", lifetimeMs: invitationMs };
  const deps = { ...parts, ...limits, hubUrl, gate: new RequestGate(parts) };
  const hubInvitations = new Invitations(deps);
  const { organizationInvitations, receivedInvitations, ...more } = composeInvitations(deps);
  const invitations = [hubInvitations.toKind(), receivedInvitations.toKind()];
  const signUps = new SignUps({ ...deps, policy, invitations });
  const passwordResets = new PasswordResets(deps);
  const emailChanges = new EmailChanges(deps);
  const rules = { ...deps, hubInvitations, signUps, passwordResets, emailChanges };
  return {
    organizationInvitations,
    routes: [
      createSignUpRoutes(rules),
      createInvitationRoutes(rules),
      createLinkPages(rules),
      ...more.routes,
    ],
    jobs: [
      ...more.jobs,
      { name: "answer password resets", everyMs: SECOND / 2, run: () => passwordResets.answer() },
      { name: "forget old invitations", everyMs: HOUR, run: () => hubInvitations.removeOld() },
    ],
  };
}
