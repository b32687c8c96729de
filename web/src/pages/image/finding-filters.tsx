import { Checkbox, Group, TextInput } from "@mantine/core";
import type { ScanFinding } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { FilterField } from "../../parts/choice-field.tsx";
import { SHOWN_SEVERITIES } from "../../parts/severities.ts";

/** As the hub orders them; whatever nobody has judged comes last. */
const FROM_WORST: readonly ScanFinding["severity"][] = [
  "critical",
  "high",
  "medium",
  "low",
  "negligible",
  "unknown",
];
const INSTRUCTION_SHOWN = 60;

export interface FindingFilter {
  readonly text: string;
  readonly severity: ScanFinding["severity"] | undefined;
  readonly layer: string | undefined;
  readonly isFixable: boolean;
  readonly isExploited: boolean;
}

export const NO_FILTER: FindingFilter = {
  text: "",
  severity: undefined,
  layer: undefined,
  isFixable: false,
  isExploited: false,
};

export function fits(finding: ScanFinding, filter: FindingFilter): boolean {
  const { text, severity, layer, isFixable, isExploited } = filter;
  const { id, aliases, package: of } = finding;
  const words = [id, ...aliases, of.name].join(" ").toLowerCase();
  return (
    words.includes(text.trim().toLowerCase()) &&
    (severity === undefined ||
      FROM_WORST.indexOf(finding.severity) <= FROM_WORST.indexOf(severity)) &&
    (layer === undefined || String(finding.layer) === layer) &&
    (!isFixable || finding.fixedVersion !== null) &&
    (!isExploited || finding.isKnownExploited)
  );
}

export function FindingFilters(props: {
  readonly findings: readonly ScanFinding[];
  readonly filter: FindingFilter;
  readonly onFilter: (filter: FindingFilter) => void;
}) {
  const { findings, filter, onFilter } = props;
  const { findings: texts, scanning } = useMessages();
  const change = (part: Partial<FindingFilter>) => onFilter({ ...filter, ...part });
  const layers = new Map(findings.map(({ layer, introducedBy }) => [layer, introducedBy ?? ""]));
  return (
    <Group gap="sm" mb="xs">
      <TextInput
        type="search"
        flex={1}
        miw={180}
        aria-label={texts.filter}
        placeholder={texts.filter}
        value={filter.text}
        onChange={({ currentTarget }) => change({ text: currentTarget.value })}
      />
      <FilterField
        label={texts.severity}
        any={scanning.anySeverity}
        choices={SHOWN_SEVERITIES.filter((severity) => severity !== "unknown").map((value) => ({
          value,
          label: scanning.least(texts.severities[value]),
        }))}
        value={filter.severity}
        onChoose={(severity) => change({ severity })}
      />
      <FilterField
        label={texts.where}
        any={scanning.anyLayer}
        choices={[...layers].sort().map(([at, instruction]) => ({
          value: String(at),
          label: scanning.layer(String(at), instruction.slice(0, INSTRUCTION_SHOWN)),
        }))}
        value={filter.layer}
        onChoose={(layer) => change({ layer })}
      />
      <Checkbox
        label={scanning.onlyFixable}
        checked={filter.isFixable}
        onChange={({ currentTarget }) => change({ isFixable: currentTarget.checked })}
      />
      <Checkbox
        label={scanning.onlyExploited}
        checked={filter.isExploited}
        onChange={({ currentTarget }) => change({ isExploited: currentTarget.checked })}
      />
    </Group>
  );
}
