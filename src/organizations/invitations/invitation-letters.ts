import type { Kysely } from "kysely";
import {
  findAccount,
  type HandOver,
  type OneTimeLinks,
  passOn,
  type RequestGate,
} from "../../accounts/index.ts";
import {
  acceptCommand,
  type MailId,
  type MailQueue,
  organizationInvitationLetter,
  organizationNoticeLetter,
  signUpCommand,
  signUpLink,
} from "../../platform/mail/index.ts";
import { INVITATION_LINK } from "../invitation-endings-store.ts";
import type { OrganizationTables } from "../tables.ts";
import type { OrganizationInvitation } from "./invitations-store.ts";

export interface InvitationLetterDeps {
  readonly links: OneTimeLinks;
  readonly mails: MailQueue;
  /** Nobody's mailbox is filled by the hub, whoever asks. */
  readonly gate: Pick<RequestGate, "mayWriteTo" | "pass">;
  readonly hubUrl: string | undefined;
  /** Nobody makes an account by an invitation. */
  readonly isSignUpClosed: boolean;
}

/** What whoever invites passes on where the hub cannot. */
export interface InvitationHandOver extends HandOver {
  readonly signUpCommand: string | undefined;
}

/** How far an invitation came: a letter is on its way, something is to be handed over, or its account has to look. */
export interface Delivery {
  readonly mailId: MailId | undefined;
  readonly handOver: InvitationHandOver | undefined;
}

type Trx = Kysely<OrganizationTables>;
type Letter = OrganizationInvitation;

/** In the transaction that makes or renews it; a link that was sent before ends. Throws TOO_MANY_REQUESTS for an address. */
export async function deliver(
  trx: Trx,
  deps: InvitationLetterDeps,
  letter: Letter,
): Promise<Delivery> {
  const { invitee } = letter;
  if (invitee.kind === "address")
    return await sendLink(trx, deps, { ...letter, to: invitee.email });
  const account = await findAccount(trx, invitee.account.id);
  const { hubUrl, mails } = deps;
  // An address that is not known to be the account's may be anybody's.
  const to = account?.isEmailConfirmed === true ? account.email : undefined;
  if (to === undefined || hubUrl === undefined || !mails.isConfigured)
    return { mailId: undefined, handOver: undefined };
  // The account sees it all the same: a mailbox that others have filled keeps nobody from being invited.
  if (!deps.gate.mayWriteTo(to)) return { mailId: undefined, handOver: undefined };
  const { expiresAt } = letter;
  const { name } = invitee.account;
  const written = organizationNoticeLetter({ hubUrl, name, expiresAt, ...wordsOf(letter) });
  return { mailId: await mails.add(trx, { ...written, to, expiresAt }), handOver: undefined };
}

async function sendLink(
  trx: Trx,
  deps: InvitationLetterDeps,
  letter: Letter & { readonly to: string },
): Promise<Delivery> {
  const { links, mails, gate, hubUrl, isSignUpClosed } = deps;
  const { id: subject, to, expiresAt } = letter;
  if (mails.isConfigured) gate.pass({ address: undefined, addressee: to });
  const secret = await links.make(trx, { purpose: INVITATION_LINK, subject, expiresAt });
  const maySignUp = !isSignUpClosed;
  const passage = await passOn(trx, deps, {
    to,
    expiresAt,
    write: (url) =>
      organizationInvitationLetter({
        ...{ hubUrl: url, secret, expiresAt, maySignUp },
        ...wordsOf(letter),
      }),
    handOver: {
      secret,
      link: hubUrl === undefined || !maySignUp ? undefined : signUpLink(hubUrl, secret),
      command: acceptCommand(hubUrl, secret),
    },
  });
  if ("mailId" in passage) return { mailId: passage.mailId, handOver: undefined };
  const signUp = maySignUp ? signUpCommand(hubUrl, secret) : undefined;
  return { mailId: undefined, handOver: { ...passage.handOver, signUpCommand: signUp } };
}

function wordsOf({ inviter, organization, role }: Letter) {
  return { by: inviter.name, organization: organization.name, role: role.name };
}
