import { counted } from "./counted.ts";

export const ci = {
  title: "CI jobs without stored secrets",
  explain:
    "A CI service signs a statement about each job. The hub takes it in place of a password, by the first rule whose claims all fit: those of berth.yml (access.issuers) first, then those of the hub, then those of the organization that the job names.",
  none: "No rule yet: jobs log in with robots and tokens alone.",
  noneHere: "No rule yet reaches repositories of this organization.",
  issuer: "Who vouches",
  from: (source: string, name: string | undefined) =>
    name === undefined ? source : `${name}, ${source}`,
  sources: {
    settings: "of berth.yml",
    hub: "of the hub",
    organization: "of this organization",
  },
  audience: (audience: string) => `for ${audience}`,
  claims: "Which jobs",
  acts: "As whom",
  nobody: "An account that is not in force",
  may: "What they may",
  lasts: "For",
  minutes: (minutes: string) => counted(minutes, "minute"),
  write: "Add a rule",
  explainHub:
    "Jobs of this rule act as the account, with at most what the rule says. It holds at once.",
  explainOwn:
    "Jobs of this rule act as the organization, within its repositories, with what the rule says. It holds at once, for jobs that name the organization.",
  add: "Add rule",
  removeExplain:
    "No job gets in by this rule any more. Passwords of those that are in end at once, and tokens that docker got with them within half a minute.",
  name: "Name of the rule",
  nameWrong: "Small letters and digits, with . _ - in between.",
  service: "CI service",
  other: "Another service",
  issuerAddress: "Address of the issuer",
  issuerWrong: "An https address, as the service's tokens have it (iss).",
  subject: "Subject; * for any characters",
  subjectWrong: "As the service's tokens have it (sub), without spaces.",
  project: "Project there",
  projectWrong: "As the service writes it: owner/project, or group/project, without an address.",
  branch: "Branch; * for any",
  branchWrong: "A branch has a name without spaces.",
  account: "Account whose rights it has",
  accountWrong: "Of an account in this hub: small letters and digits, with . _ - in between.",
  repositories: "Repositories",
  repositoriesWrong: "A name or a pattern: acme/api, acme/*, acme/**.",
  push: "It may push",
  lines: "The same as lines for berth.yml",
  job: "In the job",
};
