import { ACCESS_COMMANDS } from "../cli/access-command.ts";
import { ACCOUNT_COMMANDS } from "../cli/account-commands.ts";
import { AUDIT_COMMANDS } from "../cli/audit-commands.ts";
import { AUTOMATED_BUILD_COMMANDS } from "../cli/automated-build-commands.ts";
import { BUILD_ADVICE_COMMANDS } from "../cli/build-advice-commands.ts";
import { BUILD_AGENT_COMMANDS } from "../cli/build-agent-commands.ts";
import { BUILD_CACHE_COMMANDS } from "../cli/build-cache-commands.ts";
import { BUILD_INPUT_COMMANDS } from "../cli/build-input-commands.ts";
import { BUILD_SOURCE_COMMANDS } from "../cli/build-source-commands.ts";
import { CATEGORY_COMMANDS } from "../cli/category-command.ts";
import { CI_RULE_COMMANDS } from "../cli/ci-rule-commands.ts";
import { collectCommand } from "../cli/collect-command.ts";
import type { Command } from "../cli/command.ts";
import { CONTENT_TRUST_COMMANDS } from "../cli/content-trust-commands.ts";
import { DEFAULT_RIGHT_COMMANDS } from "../cli/default-right-commands.ts";
import { doctorCommand } from "../cli/doctor/doctor-command.ts";
import { HISTORY_COMMANDS } from "../cli/history-commands.ts";
import { IDENTITY_COMMANDS } from "../cli/identity-commands.ts";
import { importHtpasswdCommand } from "../cli/import-command.ts";
import { INVITATION_COMMANDS } from "../cli/invitation-commands.ts";
import { loginCommand } from "../cli/login-command.ts";
import { logoutCommand } from "../cli/logout-command.ts";
import { MAILS_COMMANDS } from "../cli/mails-command.ts";
import { MOVE_COMMANDS } from "../cli/move-commands.ts";
import { OFFICIAL_LIBRARY_COMMANDS } from "../cli/official-library-commands.ts";
import { ORGANIZATION_COMMANDS } from "../cli/organization-commands.ts";
import { ORGANIZATION_TWO_FACTOR_COMMANDS } from "../cli/organization-two-factor-command.ts";
import { POLICY_COMMANDS } from "../cli/policy-commands.ts";
import { PROFILE_COMMANDS } from "../cli/profile-command.ts";
import { pruneCommand } from "../cli/prune-command.ts";
import { PULL_COMMANDS } from "../cli/pull-commands.ts";
import { QUOTA_COMMANDS } from "../cli/quota-commands.ts";
import { REPOSITORY_COMMANDS } from "../cli/repository-commands.ts";
import { RETENTION_COMMANDS } from "../cli/retention-commands.ts";
import { ROBOT_COMMANDS } from "../cli/robot-commands.ts";
import { ROLE_COMMANDS } from "../cli/role-commands.ts";
import { scrubCommand } from "../cli/scrub-command.ts";
import { SESSION_COMMANDS } from "../cli/session-commands.ts";
import { SETTINGS_COMMANDS } from "../cli/settings-command.ts";
import { SIGN_UP_COMMANDS } from "../cli/sign-up-commands.ts";
import { TAG_FOLLOWER_COMMANDS } from "../cli/tag-follower-commands.ts";
import { TAG_OVERRIDE_COMMANDS } from "../cli/tag-override-commands.ts";
import { TAG_RULE_COMMANDS } from "../cli/tag-rule-commands.ts";
import { TRUST_COMMANDS } from "../cli/trust-commands.ts";
import { TWO_FACTOR_COMMANDS } from "../cli/two-factor-commands.ts";
import { USAGE_COMMANDS } from "../cli/usage-commands.ts";
import { USER_COMMANDS } from "../cli/user-commands.ts";
import { VEX_COMMANDS } from "../cli/vex-commands.ts";
import { WEBHOOK_COMMANDS } from "../cli/webhook-commands.ts";
import { adoptCommand } from "./adopt-command.ts";
import { ADVISORY_COMMANDS } from "./advisories-commands.ts";
import { agentCommand } from "./agent-command.ts";
import { auditVerifyCommand } from "./audit-verify-command.ts";
import { BUILD_COMMANDS } from "./build-commands.ts";
import { builderDoctorCommand } from "./builder-doctor-command.ts";
import { configCheckCommand, configDocsCommand, configPrintCommand } from "./config-commands.ts";
import { DOCKER_PLUGIN_COMMANDS } from "./docker-plugins-commands.ts";
import { fsckCommand } from "./fsck-command.ts";
import { layersCommand } from "./layers-command.ts";
import { lintCommand } from "./lint-command.ts";
import { OFFICIAL_COMMANDS } from "./official-commands.ts";
import { rescueCommand } from "./rescue-command.ts";
import { sbomCommand } from "./sbom-command.ts";
import { scanCommand } from "./scan-command.ts";
import { serveCommand } from "./serve-command.ts";
import { SIGNING_COMMANDS } from "./signing-commands.ts";
import { tlsDevCommand } from "./tls-dev-command.ts";
import { uploadCommand } from "./upload-command.ts";
import { versionCommand } from "./version-command.ts";

/** Everything `berth` can do, in the order in which --help lists it. */
export const COMMANDS: readonly Command[] = [
  serveCommand,
  adoptCommand,
  fsckCommand,
  scanCommand,
  loginCommand,
  logoutCommand,
  doctorCommand,
  sbomCommand,
  layersCommand,
  lintCommand,
  ...SIGNING_COMMANDS,
  ...TRUST_COMMANDS,
  ...VEX_COMMANDS,
  ...POLICY_COMMANDS,
  ...DOCKER_PLUGIN_COMMANDS,
  ...BUILD_COMMANDS,
  ...AUTOMATED_BUILD_COMMANDS,
  uploadCommand,
  ...BUILD_ADVICE_COMMANDS,
  ...BUILD_SOURCE_COMMANDS,
  ...BUILD_AGENT_COMMANDS,
  ...BUILD_CACHE_COMMANDS,
  agentCommand,
  ...BUILD_INPUT_COMMANDS,
  builderDoctorCommand,
  ...OFFICIAL_COMMANDS,
  ...OFFICIAL_LIBRARY_COMMANDS,
  ...ACCOUNT_COMMANDS,
  ...TWO_FACTOR_COMMANDS,
  ...SESSION_COMMANDS,
  ...REPOSITORY_COMMANDS,
  // Before `usage pulls`, which is one of its own words.
  ...USAGE_COMMANDS,
  ...PULL_COMMANDS,
  ...MOVE_COMMANDS,
  ...ACCESS_COMMANDS,
  ...DEFAULT_RIGHT_COMMANDS,
  ...TAG_RULE_COMMANDS,
  ...TAG_FOLLOWER_COMMANDS,
  ...TAG_OVERRIDE_COMMANDS,
  ...HISTORY_COMMANDS,
  ...CONTENT_TRUST_COMMANDS,
  tlsDevCommand,
  ...RETENTION_COMMANDS,
  pruneCommand,
  ...CATEGORY_COMMANDS,
  ...QUOTA_COMMANDS,
  ...ORGANIZATION_COMMANDS,
  ...INVITATION_COMMANDS,
  ...ROLE_COMMANDS,
  ...SETTINGS_COMMANDS,
  ...ORGANIZATION_TWO_FACTOR_COMMANDS,
  ...ROBOT_COMMANDS,
  ...CI_RULE_COMMANDS,
  ...USER_COMMANDS,
  rescueCommand,
  ...IDENTITY_COMMANDS,
  ...PROFILE_COMMANDS,
  ...MAILS_COMMANDS,
  ...SIGN_UP_COMMANDS,
  ...WEBHOOK_COMMANDS,
  importHtpasswdCommand,
  ...AUDIT_COMMANDS,
  auditVerifyCommand,
  ...ADVISORY_COMMANDS,
  collectCommand,
  scrubCommand,
  configPrintCommand,
  configCheckCommand,
  configDocsCommand,
  versionCommand,
];

/** What the first words that several commands share stand for. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  vex: "decide which findings are none, and say why",
  "docker-plugins": "have docker itself scan images",
  official: "look after official images",
  build: "build images from Git repositories",
  rules: "say which pushes become which tags",
  sources: "read from other Git servers what a repository is built from",
  secrets: "keep what builds need and nobody may read",
  triggers: "make addresses that start builds",
  agents: "allow other machines to build for the hub",
  cache: "look at the layers that builds keep, and forget them",
  builder: "look at what builds images here",
  account: "manage your own account",
  "two-factor": "have your login ask for a code",
  sessions: "manage where you are logged in with a browser",
  identities: "manage who else opens your account",
  token: "manage your personal access tokens",
  logins: "manage the logins that machines keep",
  keys: "make keys that sign images, and manage those that sign tokens",
  hub: "manage what holds for the whole hub",
  tag: "look at the history of tags, and go back in it",
  trash: "look at what was deleted, and bring it back",
  repo: "manage repositories and the rights to them",
  categories: "say what a repository is about",
  policy: "say what may be pulled",
  trust: "see who signed images with Docker Content Trust",
  tls: "have a certificate for trying things out",
  retention: "remove old tags by rules that explain themselves",
  org: "manage organizations and their members",
  override: "move or delete an immutable tag, as two people",
  role: "manage the roles that members of an organization can have",
  team: "manage the teams of an organization",
  robot: "manage what logs in for an organization without being a person",
  "ci-rule": "let CI jobs log in without a stored secret",
  user: "manage the users of the hub",
  webhook: "tell other systems what happens",
  accounts: "bring people over from elsewhere",
  quota: "see and set what may be stored",
  advisories: "keep what is known of vulnerabilities",
  audit: "see and prove who did what",
  config: "look at the configuration",
};
