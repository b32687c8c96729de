/** A kind of secret that can be told by its form. */
export interface SecretRule {
  readonly id: string;
  readonly title: string;
  /** One of them stands in or just before each such secret; the expression is only tried there. */
  readonly keywords: readonly string[];
  /**
   * Tried on a few hundred characters around a keyword. Repetitions are bounded and what follows each is no part of it, so that the
   * time is bounded as well. The group `secret`, or the whole match, is the secret.
   */
  readonly pattern: RegExp;
}

/** A text that goes on after the match would be something else than the secret. */
const END = "(?![A-Za-z0-9_-])";
const START = "(?<![A-Za-z0-9_-])";

function token(
  id: string,
  title: string,
  form: { keywords: readonly string[]; body: string },
): SecretRule {
  return {
    id,
    title,
    keywords: form.keywords,
    pattern: new RegExp(`${START}${form.body}${END}`, "g"),
  };
}

/**
 * Forms that their issuers made recognisable, as they publish them. What only looks random (a password in a sentence, a hash) is not
 * here on purpose: a rule that is wrong once in ten is switched off by everybody.
 */
export const SECRET_RULES: readonly SecretRule[] = [
  token("aws-access-key-id", "AWS access key id", {
    keywords: ["akia", "asia", "abia", "acca"],
    body: "(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
  }),
  {
    id: "aws-secret-access-key",
    title: "AWS secret access key",
    keywords: ["secret_access_key", "secretaccesskey", "secret-access-key", "aws_secret"],
    pattern:
      /aws_?secret(?:[_-]?access)?[_-]?key["']?\s{0,8}(?::|=>|=)\s{0,8}["']?(?<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
  },
  token("github-token", "GitHub token", {
    keywords: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
    body: "gh[pousr]_[A-Za-z0-9]{36}",
  }),
  token("github-fine-grained-token", "GitHub fine-grained token", {
    keywords: ["github_pat_"],
    body: "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
  }),
  token("gitlab-token", "GitLab token", {
    keywords: ["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-"],
    body: "gl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_-]{20,60}",
  }),
  token("slack-token", "Slack token", {
    keywords: ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xapp-"],
    body: "(?:xox[bpars]|xapp)-[0-9A-Za-z]{1,14}-[0-9A-Za-z-]{10,120}",
  }),
  {
    id: "slack-webhook",
    title: "Slack webhook",
    keywords: ["hooks.slack.com"],
    pattern:
      /hooks\.slack\.com\/services\/(?<secret>T[A-Z0-9]{6,12}\/B[A-Z0-9]{6,12}\/[A-Za-z0-9]{20,28})(?![A-Za-z0-9])/g,
  },
  token("stripe-key", "Stripe key", {
    keywords: ["sk_live_", "rk_live_"],
    body: "[sr]k_live_[A-Za-z0-9]{24,99}",
  }),
  token("google-api-key", "Google API key", { keywords: ["aiza"], body: "AIza[A-Za-z0-9_-]{35}" }),
  token("google-oauth-secret", "Google OAuth client secret", {
    keywords: ["gocspx-"],
    body: "GOCSPX-[A-Za-z0-9_-]{28}",
  }),
  {
    id: "private-key",
    title: "Private key",
    keywords: ["-----begin"],
    pattern:
      /-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED|PGP) )?PRIVATE KEY(?: BLOCK)?-----\s{0,4}(?:(?:\\n|\r?\n)(?:[A-Za-z-]{2,20}: [^\n]{0,80}\n){0,4}\s{0,4})?(?<secret>[A-Za-z0-9+/=]{40,80})/g,
  },
  token("npm-token", "npm token", { keywords: ["npm_"], body: "npm_[A-Za-z0-9]{36}" }),
  {
    id: "npm-auth",
    title: "Login of a package registry in .npmrc",
    keywords: ["_authtoken", "_auth", "_password"],
    pattern:
      /(?<=[:/\s]|^)_(?:authToken|auth|password)\s{0,4}=\s{0,4}["']?(?<secret>[A-Za-z0-9+/=_.-]{16,256})/gm,
  },
  token("pypi-token", "PyPI token", {
    keywords: ["pypi-ageichlwas5vcmc", "pypi-agentz"],
    body: "pypi-Ag[A-Za-z0-9_-]{80,250}",
  }),
  token("rubygems-token", "RubyGems key", {
    keywords: ["rubygems_"],
    body: "rubygems_[0-9a-f]{48}",
  }),
  token("docker-token", "Docker Hub token", {
    keywords: ["dckr_pat_", "dckr_oat_"],
    body: "dckr_[po]at_[A-Za-z0-9_-]{27,32}",
  }),
  {
    id: "registry-login",
    title: "Login of a container registry",
    keywords: ['"auth"'],
    pattern: /"auth"\s{0,8}:\s{0,8}"(?<secret>[A-Za-z0-9+/]{12,400}={0,2})"/g,
  },
  token("sendgrid-key", "SendGrid key", {
    keywords: ["sg."],
    body: "SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}",
  }),
  {
    id: "twilio-key",
    title: "Twilio key",
    keywords: ["twilio"],
    pattern: /twilio[^\n]{0,80}?(?<![A-Za-z0-9])(?<secret>SK[0-9a-f]{32})(?![A-Za-z0-9])/gi,
  },
  token("mailgun-key", "Mailgun key", { keywords: ["key-"], body: "key-[0-9a-f]{32}" }),
  token("openai-key", "OpenAI key", {
    keywords: ["t3blbkfj"],
    body: "sk-[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20,100}",
  }),
  token("anthropic-key", "Anthropic key", {
    keywords: ["sk-ant-"],
    body: "sk-ant-(?:api|admin)\\d{2}-[A-Za-z0-9_-]{80,120}",
  }),
  token("hugging-face-token", "Hugging Face token", { keywords: ["hf_"], body: "hf_[A-Za-z]{34}" }),
  token("digitalocean-token", "DigitalOcean token", {
    keywords: ["dop_v1_", "doo_v1_", "dor_v1_"],
    body: "do[opr]_v1_[0-9a-f]{64}",
  }),
  {
    id: "azure-storage-key",
    title: "Azure storage key",
    keywords: ["accountkey="],
    pattern: /AccountKey=(?<secret>[A-Za-z0-9+/]{86}==)/g,
  },
  token("shopify-token", "Shopify token", {
    keywords: ["shpat_", "shpca_", "shppa_", "shpss_"],
    body: "shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
  }),
  {
    id: "telegram-token",
    title: "Telegram bot token",
    keywords: [":aa"],
    pattern: /(?<![0-9])(?<secret>[0-9]{8,10}:AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])/g,
  },
  token("databricks-token", "Databricks token", { keywords: ["dapi"], body: "dapi[0-9a-f]{32}" }),
  token("vault-token", "HashiCorp Vault token", {
    keywords: ["hvs.", "hvb."],
    body: "hv[sb]\\.[A-Za-z0-9_-]{24,140}",
  }),
  token("age-key", "age secret key", {
    keywords: ["age-secret-key-1"],
    body: "AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
  }),
  token("grafana-token", "Grafana token", {
    keywords: ["glsa_", "glc_"],
    body: "(?:glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/]{32,400})",
  }),
  token("new-relic-key", "New Relic key", { keywords: ["nrak-"], body: "NRAK-[A-Z0-9]{27}" }),
  token("linear-key", "Linear key", { keywords: ["lin_api_"], body: "lin_api_[A-Za-z0-9]{40}" }),
  token("postman-key", "Postman key", {
    keywords: ["pmak-"],
    body: "PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
  }),
  token("planetscale-token", "PlanetScale token", {
    keywords: ["pscale_"],
    body: "pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}",
  }),
  token("atlassian-token", "Atlassian token", {
    keywords: ["atatt3"],
    body: "ATATT3[A-Za-z0-9_=-]{180,200}",
  }),
  token("berth-token", "Berth token", {
    keywords: ["berth_"],
    body: "berth_[a-z]{2,12}_[A-Za-z0-9]{32,64}",
  }),
  {
    id: "connection-string",
    title: "Password in the address of a database or queue",
    keywords: [
      "postgres://",
      "postgresql://",
      "mysql://",
      "mongodb://",
      "mongodb+srv://",
      "redis://",
      "rediss://",
      "amqp://",
      "amqps://",
    ],
    pattern:
      /(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?):\/\/[^\s:@/"'<>$`{}]{0,64}:(?<secret>[^\s:@/"'<>$`{}]{6,128})@[A-Za-z0-9.-]{1,253}/gi,
  },
  {
    id: "jwt",
    title: "JSON web token",
    keywords: ["eyj"],
    pattern:
      /(?<![A-Za-z0-9_.-])(?<secret>eyJ[A-Za-z0-9_-]{16,200}\.eyJ[A-Za-z0-9_-]{16,400}\.[A-Za-z0-9_-]{20,200})/g,
  },
];
