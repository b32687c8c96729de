/**
 * Everything that the hub writes to people, as plain text. Links begin with the configured address of the hub and nothing else.
 * Nothing in a letter is free text of somebody who is not its reader: the hub is no way to send people what one likes.
 */

/** The texts of a mail. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
}

interface Frame {
  /** Where clients reach the hub, without a slash at its end. */
  readonly hubUrl: string;
}

interface LinkFrame extends Frame {
  readonly secret: string;
  readonly expiresAt: Date;
}

export function signUpLink(hubUrl: string, secret: string): string {
  return `${hubUrl}/sign-up?invitation=${encodeURIComponent(secret)}`;
}

function confirmLink(hubUrl: string, secret: string): string {
  return `${hubUrl}/confirm?secret=${encodeURIComponent(secret)}`;
}

export function resetLink(hubUrl: string, secret: string): string {
  return `${hubUrl}/reset?secret=${encodeURIComponent(secret)}`;
}

/** What does the same as the link, for those who have the command at hand. */
export function signUpCommand(hubUrl: string | undefined, secret: string): string {
  return `berth sign-up${optionFor(hubUrl)} --invitation ${secret}`;
}

/** Of an invitation to an organization, for those who have an account. */
export function acceptCommand(hubUrl: string | undefined, secret: string): string {
  return `berth account accept${optionFor(hubUrl)} --secret ${secret}`;
}

export function resetCommand(hubUrl: string | undefined, secret: string): string {
  return `berth reset-password${optionFor(hubUrl)} --secret ${secret}`;
}

function confirmCommand(hubUrl: string, secret: string): string {
  return `berth confirm${optionFor(hubUrl)} --secret ${secret}`;
}

function optionFor(hubUrl: string | undefined): string {
  return hubUrl === undefined ? "" : ` --hub ${hubUrl}`;
}

export function invitationLetter(facts: LinkFrame & { readonly by: string }): Letter {
  const { hubUrl, secret, by } = facts;
  return {
    subject: `Invitation to ${hostOf(hubUrl)}`,
    text: compose([
      `${by} invites you to ${hubUrl}, a hub for container images.`,
      "To make your account, open",
      `  ${signUpLink(hubUrl, secret)}`,
      "or run",
      `  ${signUpCommand(hubUrl, secret)}`,
      `This works once, until ${until(facts)}. If you do not know what this is about, do nothing.`,
    ]),
  };
}

interface OrganizationFrame {
  readonly by: string;
  readonly organization: string;
  readonly role: string;
}

/** To an address: the link is for whoever reads its mail. */
export function organizationInvitationLetter(
  facts: LinkFrame & OrganizationFrame & { readonly maySignUp: boolean },
): Letter {
  const { hubUrl, secret, by, organization, role, maySignUp } = facts;
  const signUp = [
    "If you have none, make one: open",
    `  ${signUpLink(hubUrl, secret)}`,
    "or run",
    `  ${signUpCommand(hubUrl, secret)}`,
  ];
  return {
    subject: `Invitation to ${organization} at ${hostOf(hubUrl)}`,
    text: compose([
      `${by} invites you to the organization "${organization}" at ${hubUrl}, a hub for container images, as ${role}.`,
      "If you have an account there, run",
      `  ${acceptCommand(hubUrl, secret)}`,
      ...(maySignUp ? signUp : []),
      `This works once, until ${until(facts)}. If you do not know what this is about, do nothing.`,
    ]),
  };
}

/** To the address of an account: there is no secret in it, since accepting takes the account's login. */
export function organizationNoticeLetter(
  facts: Frame & OrganizationFrame & { readonly name: string; readonly expiresAt: Date },
): Letter {
  const { hubUrl, by, organization, role, name } = facts;
  return {
    subject: `Invitation to ${organization} at ${hostOf(hubUrl)}`,
    text: compose([
      `${by} invites the account "${name}" to the organization "${organization}" at ${hubUrl}, as ${role}.`,
      "To see it, and to accept or decline it, run",
      `  berth account invitations${optionFor(hubUrl)}`,
      `It stands until ${until(facts)}. If you do not know what this is about, do nothing.`,
    ]),
  };
}

export function confirmationLetter(facts: LinkFrame & { readonly name: string }): Letter {
  const { hubUrl, secret, name } = facts;
  return {
    subject: `Confirm your address for ${hostOf(hubUrl)}`,
    text: compose([
      `Somebody gave this address for the account "${name}" at ${hubUrl}.`,
      "If it was you, confirm it: open",
      `  ${confirmLink(hubUrl, secret)}`,
      "or run",
      `  ${confirmCommand(hubUrl, secret)}`,
      `This works once, until ${until(facts)}. If it was not you, do nothing: then nothing happens.`,
    ]),
  };
}

/** In place of a confirmation, to those who have an account: whoever asked is not told. */
export function knownAddressLetter({
  hubUrl,
  names,
}: Frame & { names: readonly string[] }): Letter {
  return {
    subject: `Your account at ${hostOf(hubUrl)}`,
    text: compose([
      `Somebody tried to sign up at ${hubUrl} with this address, which has an account already: ${names.join(", ")}.`,
      "If it was you, log in with that name; if you do not know the password any more, run",
      `  berth account password-reset --hub ${hubUrl} ${names[0] ?? ""}`,
      "If it was not you, do nothing: they were told nothing.",
    ]),
  };
}

export function passwordLetter(facts: LinkFrame & { readonly name: string }): Letter {
  const { hubUrl, secret, name } = facts;
  return {
    subject: `A new password for ${hostOf(hubUrl)}`,
    text: compose([
      `Somebody asked for a new password for the account "${name}" at ${hubUrl}.`,
      "If it was you, choose it: open",
      `  ${resetLink(hubUrl, secret)}`,
      "or run",
      `  ${resetCommand(hubUrl, secret)}`,
      `This works once, until ${until(facts)}. If it was not you, do nothing: your password stays as it is.`,
    ]),
  };
}

/** To the address that was, so that nobody takes an account over unnoticed. */
export function addressChangedLetter({ hubUrl, name }: Frame & { readonly name: string }): Letter {
  return {
    subject: `Another address for your account at ${hostOf(hubUrl)}`,
    text: compose([
      `The account "${name}" at ${hubUrl} has another address now; nothing more goes to this one.`,
      "If it was not you, change your password and tell an administrator of the hub.",
    ]),
  };
}

/** To whoever maintains an official image. Names of packages are of the image, so that they are its maintainers' own words. */
export function vulnerableImageLetter(
  facts: Frame & {
    readonly image: string;
    readonly findings: readonly {
      readonly id: string;
      readonly severity: string;
      readonly package: string;
      readonly fixedVersion: string;
    }[];
    /** Those that are not listed. */
    readonly more: number;
  },
): Letter {
  const { hubUrl, image, findings, more } = facts;
  const lines = findings.map(
    ({ id, severity, package: of, fixedVersion }) =>
      `  ${plain(id)} (${severity}): ${plain(of)}, mended by ${plain(fixedVersion)}`,
  );
  return {
    subject: `library/${image} at ${hostOf(hubUrl)} needs a rebuild`,
    text: compose([
      `Newer packages mend what was found in the official image library/${image} at ${hubUrl}, which you maintain:`,
      [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join("\n"),
      "Where they come with its base, it is submitted anew by itself as soon as that moves; otherwise submit it with newer packages. To see all of it, run",
      `  berth official images${optionFor(hubUrl)}`,
      "To get no more of these mails, turn them off in the page of your account, or run",
      `  berth account mails --official-images off${optionFor(hubUrl)}`,
    ]),
  };
}

/** What names and versions of packages are made of. */
function plain(word: string): string {
  return word.replaceAll(/[^\w.+:~@/-]/g, "?").slice(0, 100);
}

function compose(paragraphs: readonly string[]): string {
  return `${paragraphs.join("\n\n")}\n`;
}

function until({ expiresAt }: { readonly expiresAt: Date }): string {
  return `${expiresAt.toISOString().slice(0, "2026-11-28T12:00".length).replace("T", " ")} UTC`;
}

function hostOf(hubUrl: string): string {
  return new URL(hubUrl).host;
}
