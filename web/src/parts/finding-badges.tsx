import { Badge, Group, Text } from "@mantine/core";
import type { TagRow } from "../api/tags.ts";
import { useMessages } from "../messages/use-messages.ts";
import { SEVERITY_COLORS, SHOWN_SEVERITIES } from "./severities.ts";

/** How much is wrong, the worst first; in words where there are no numbers. */
export function FindingBadges({ findings }: Pick<TagRow, "findings">) {
  const { findings: texts } = useMessages();
  if (findings === undefined) return <Text size="sm">{texts.never}</Text>;
  if (findings.state !== "done") return <Text size="sm">{texts.states[findings.state]}</Text>;
  const counted = SHOWN_SEVERITIES.filter((severity) => (findings.counts[severity] ?? 0) > 0);
  if (counted.length === 0) return <Text size="sm">{texts.none}</Text>;
  return (
    <Group gap={4} wrap="nowrap">
      {counted.map((severity) => (
        <Badge
          key={severity}
          color={SEVERITY_COLORS[severity]}
          variant="filled"
          title={texts.severities[severity]}
        >
          {texts.letters[severity]} {findings.counts[severity]}
        </Badge>
      ))}
    </Group>
  );
}
