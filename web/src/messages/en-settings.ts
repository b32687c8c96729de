export const settings = {
  title: (repository: string) => `Settings of ${repository}`,
  link: "Settings",
  tabs: {
    general: "General",
    rights: "Rights",
    webhooks: "Webhooks",
    usage: "Quota and usage",
  },
  visibility: "Who may see it",
  setVisibility: "Set who may see it",
  visibilities: {
    private: "Those who were given a right",
    public: "Everybody who reaches the hub",
  },
  policies: "Retention and tag rules",
  move: "Rename or give away",
  moveExplain:
    "Pulls by the old name are refused from then on. Into another namespace its rights go, and the new one's hold.",
  newName: "New name, with its namespace",
  moveSubmit: "Move it",
  delete: "Delete this repository",
  deleteExplain: "All its tags and images go with it, and nothing brings them back.",
  typeName: (name: string) => `Type ${name} to delete it`,
  rightsExplain: (namespace: string) =>
    `Who was given something here, by name or by a pattern of ${namespace}. What roles hold comes on top.`,
  limit: {
    default: "as configured",
    unlimited: "no limit",
    set: "this much",
  },
  limitOf: (resource: string) => `Limit of ${resource}`,
  amountOf: (resource: string) => `Most: ${resource}`,
  gigabytes: "GiB",
  setQuota: "Set the quota",
};

export const hooks = {
  explain:
    "Whatever happens here is sent to an address of yours, and tried again until it arrives.",
  none: "No webhook yet.",
  add: "Add a webhook",
  label: "Label",
  url: "Address",
  format: "Format",
  events: "What for",
  tags: "Only tags such as",
  secret: "Secret that deliveries are signed with",
  secretHint: "16 letters or more; it is never shown again",
  active: (label: string) => `${label} is on`,
  ping: "Send a test",
  pingOne: (label: string) => `Send a test to ${label}`,
  pinged: "It is on its way.",
  removeOne: (label: string) => `Remove ${label}`,
  removeExplain: "Nothing more is sent. What was not delivered yet is lost.",
  signed: "signed",
};

export const tagRules = {
  edit: "Change them",
  editExplain: "A rule that nothing says here is that of the level above.",
  saysHere: (rule: string) => `Say it here: ${rule}`,
  lock: "Lower levels cannot say otherwise",
  allow: "Allowed tags, one a line",
  allowHint: "semver, environment, architecture, glob:release-*, regex:v[0-9]+; none: any",
  patterns: "Immutable tags, one regular expression a line",
  patternsHint: "For whole tags; none: all tags",
  isImmutable: "Tags do not move once they are pushed",
  untilRetention: "Retention may remove them",
  lines: "Protected tags, one line each: tags, who pushes, who deletes",
  linesHint:
    "v* push=team:release,role:owner delete=administrators; without a word: whoever may anyway; empty: nobody",
  badLine: (line: string) => `This line cannot be read: ${line}`,
  aliases: {
    minor: "1.4 follows the newest 1.4.x",
    major: "1 follows the newest 1.x.y",
    latest: "latest follows the newest release",
  },
  suffixes: "Platforms that are put together, one suffix a line",
  suffixesHint: "amd64, arm64, arm-v7",
};

export const overrides = {
  title: "Exceptions from immutable tags",
  explain:
    "One person asks for leave to move or delete a tag that is immutable, another one approves it. It is good for one time.",
  tag: "Tag",
  askedBy: "Asked by",
  approvedBy: "Approved by",
  waits: "waits for somebody else",
  hours: "Hours",
  ask: "Ask for it",
  approve: "Approve",
  approveOne: (tag: string) => `Approve moving ${tag}`,
  withdraw: "Take back",
  withdrawOne: (tag: string) => `Take back ${tag}`,
};
