import { Anchor, Badge, Group, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ScanFinding } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { SEVERITY_COLORS } from "../../parts/severities.ts";
import { DecideButton } from "./decide-button.tsx";
import { Remarks } from "./remarks.tsx";

const PERCENT = 100;

export function FindingRow(props: {
  readonly repository: string;
  readonly digest: string;
  readonly finding: ScanFinding;
}) {
  const { finding, repository } = props;
  const { findings: texts, scanning } = useMessages();
  const { id, severity, title, isKnownExploited, path, introducedBy, cvss, epss } = finding;
  return (
    <Table.Tr>
      <Table.Td>
        <Badge color={SEVERITY_COLORS[severity]}>{texts.severities[severity]}</Badge>
        <Text size="xs">{cvss === null ? "" : scanning.score(String(cvss.score))}</Text>
      </Table.Td>
      <Table.Td className="name">
        <Group gap={4}>
          <Anchor
            renderRoot={(rest) => <Link to="/search" search={{ vulnerability: id }} {...rest} />}
          >
            {id}
          </Anchor>
          {isKnownExploited ? <Badge color="red.9">{texts.exploited}</Badge> : null}
        </Group>
        <Text size="xs" c="dimmed" className="name">
          {[...finding.aliases, title].join(" · ")}
        </Text>
        {epss === null ? null : (
          <Text size="xs">{scanning.probability(`${(epss * PERCENT).toFixed(1)} %`)}</Text>
        )}
        <Remarks id={id} repository={repository} remarks={finding.vex ?? []} />
      </Table.Td>
      <Table.Td className="name">
        {finding.package.name} {finding.package.version}
      </Table.Td>
      <Table.Td className="name">
        <WayToFix finding={finding} />
      </Table.Td>
      <Table.Td>
        <Text size="xs" className="name">
          {path}
        </Text>
        <Text size="xs" c="dimmed" className="name" lineClamp={2}>
          {introducedBy ?? scanning.layerOf(String(finding.layer))}
        </Text>
      </Table.Td>
      <Table.Td>
        <DecideButton {...props} />
      </Table.Td>
    </Table.Tr>
  );
}

/** What to do about it, in a sentence. */
function WayToFix({ finding }: { readonly finding: ScanFinding }) {
  const { scanning } = useMessages();
  const { fixedVersion, inBase = false, package: of } = finding;
  return (
    <>
      <Text size="sm">
        {fixedVersion === null ? scanning.noFixYet : scanning.upgrade(of.name, fixedVersion)}
      </Text>
      {inBase ? <Text size="sm">{scanning.newerBase}</Text> : null}
    </>
  );
}
