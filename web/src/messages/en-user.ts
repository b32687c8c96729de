export const user = {
  nobody: "Nobody of a directory or a provider opens this account.",
  explain: (name: string) => `Whoever signs in there as one of these is signed in as ${name}.`,
  unlinkExplain: (name: string) =>
    `It opens the account of ${name} no more, its sessions end, and what its groups gave is taken away.`,
  link: "Link a login",
  where: "Where",
  directory: "the directory (LDAP)",
  person: "Who it is there",
  inDirectory: "The name that they type at a login",
  atProvider: "The `sub` of their tokens",
  noProviders: "This hub has neither a directory nor a provider whose people could be linked.",
  sessionsExplain: (name: string) => `Browsers that are signed in as ${name}.`,
  nowhere: (name: string) => `No browser is signed in as ${name}.`,
  endSessions: "End all sessions",
  endExplain: (name: string) =>
    `Browsers that are signed in as ${name} have to sign in again. The one you do this with stays signed in.`,
  resetTwoFactor: "Turn it off",
  resetExplain: (name: string) =>
    `For whoever lost the app and the recovery codes: from then on the password alone lets ${name} in, and their sessions end.`,
  noTwoFactor: "It is off.",
  hasTwoFactor: "It is on.",
  password: "A new password",
  passwordExplain: (name: string) =>
    `Makes a link to hand over, by which a new password of ${name} is chosen. It is good for an hour, and once.`,
  makeLink: "Make a link",
  byLink: "The link",
  byCommand: "Or in a terminal",
};
