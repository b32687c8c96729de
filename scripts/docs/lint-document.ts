import { LINT_RULES } from "../../src/scanning/index.ts";

/** What `berth lint` looks for, from the table that it looks by. */
export function renderLintRules(): string {
  const themes = Map.groupBy(LINT_RULES, ({ theme }) => theme);
  return [
    "# Rules of berth lint",
    "BuildKit's checks have BuildKit's names, the others names of our own; hadolint's numbers are taken in `# hadolint ignore=` as well. Each rule is tested by its two examples.",
    ...[...themes].flatMap(([theme, rules]) => [`## ${TITLES[theme]}`, ...rules.map(renderRule)]),
  ].join("\n\n");
}

const TITLES = {
  buildkit: "BuildKit's checks",
  correctness: "What does not do what it seems to",
  pinning: "What is another tomorrow",
  cleanup: "What is left behind",
  hygiene: "What is better written otherwise",
  labels: "What others read of the image",
  security: "What is dangerous",
} as const;

function renderRule(rule: (typeof LINT_RULES)[number]): string {
  const { id, severity, title, why, fix, hadolint = [], fires, silent, isExperimental } = rule;
  const facts = [
    severity,
    ...hadolint,
    ...(isExperimental ? ["only if the file asks for it"] : []),
  ];
  return [
    `### ${id}`,
    `${title} (${facts.join(", ")}). ${why} ${fix}`,
    `\`\`\`dockerfile\n# found in\n${fires.text}\n\`\`\``,
    `\`\`\`dockerfile\n# not in\n${silent.text}\n\`\`\``,
  ].join("\n\n");
}
