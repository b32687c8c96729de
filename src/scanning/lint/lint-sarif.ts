import { LEVELS } from "../reports/sarif.ts";
import type { LintFinding } from "./lint-dockerfile.ts";

/** SARIF 2.1.0, as code scanning of forges reads it. */
export function lintToSarif(
  path: string,
  findings: readonly LintFinding[],
  version: string,
): Readonly<Record<string, unknown>> {
  const rules = new Map(findings.toReversed().map((one) => [one.id, one]));
  const places = new Map([...rules.keys()].map((id, index) => [id, index]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "berth", version, rules: [...rules.values()].map(toRule) } },
        results: findings.map(({ id, severity, title, detail, line, fix }) => ({
          ruleId: id,
          ruleIndex: places.get(id),
          level: LEVELS[severity],
          message: { text: `${title}${detail === null ? "" : `: ${detail}`}. ${fix}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(path) },
                region: { startLine: line },
              },
            },
          ],
        })),
      },
    ],
  };
}

function toRule({ id, title, why, fix, severity, theme }: LintFinding) {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: fix },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { tags: [theme, severity] },
  };
}
