import { counted } from "./counted.ts";

export const ci = {
  title: "CI jobs without stored secrets",
  explain:
    "A CI service signs a statement about each job. The hub takes it in place of a password, by the first rule whose claims all fit. Rules stand in berth.yml (access.issuers), and hold from the next start of the hub on.",
  none: "No rule yet: jobs log in with robots and tokens alone. Write one below.",
  noneHere: "No rule reaches repositories of this organization. Write one below.",
  issuer: "Who vouches",
  audience: (audience: string) => `for ${audience}`,
  claims: "Which jobs",
  acts: "As whom",
  may: "What they may",
  lasts: "For",
  minutes: (minutes: string) => counted(minutes, "minute"),
  write: "Write a rule",
  writeExplain:
    "Fill this in, and put the lines into berth.yml, or hand them to whoever runs the hub.",
  service: "CI service",
  project: "Project there",
  projectWrong: "As the service writes it: owner/project, or group/project, without an address.",
  branch: "Branch; * for any",
  branchWrong: "A branch has a name without spaces.",
  account: "Account whose rights it has",
  accountWrong: "Of an account in this hub: small letters and digits, with . _ - in between.",
  repositories: "Repositories",
  repositoriesWrong: "A name or a pattern: acme/api, acme/*, acme/**.",
  push: "It may push",
  lines: "Lines for berth.yml",
  job: "In the job",
};
