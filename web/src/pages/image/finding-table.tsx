import { Badge, Group, ScrollArea, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { ScanFinding } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { SEVERITY_COLORS } from "../../parts/severities.ts";

const SHOWN = 200;

/** Each finding with the way to its fix: the package, the version that is safe, and the instruction that brought it in. */
export function FindingTable({ findings }: { readonly findings: readonly ScanFinding[] }) {
  const { findings: texts } = useMessages();
  const [typed, setTyped] = useState("");
  if (findings.length === 0) return <Text>{texts.none}</Text>;
  const wanted = typed.toLowerCase();
  const fitting = findings.filter(({ id, package: { name } }) =>
    `${id} ${name}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <TextInput
        type="search"
        mb="xs"
        aria-label={texts.filter}
        placeholder={texts.filter}
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      <ScrollArea>
        <Table miw={640}>
          <Table.Thead>
            <Table.Tr>
              {[texts.severity, texts.id, texts.package, texts.fix, texts.where].map((name) => (
                <Table.Th key={name}>{name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {fitting.slice(0, SHOWN).map((finding) => (
              <FindingRow
                key={`${finding.id} ${finding.package.name} ${finding.path}`}
                finding={finding}
              />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </>
  );
}

function FindingRow({ finding }: { readonly finding: ScanFinding }) {
  const { findings: texts } = useMessages();
  const { id, severity, title, isKnownExploited, fixedVersion, path, introducedBy } = finding;
  return (
    <Table.Tr>
      <Table.Td>
        <Badge color={SEVERITY_COLORS[severity]}>{texts.severities[severity]}</Badge>
      </Table.Td>
      <Table.Td>
        <Group gap={4}>
          {id}
          {isKnownExploited ? <Badge color="red.9">{texts.exploited}</Badge> : null}
        </Group>
        <Text size="xs" c="dimmed" className="name">
          {title}
        </Text>
      </Table.Td>
      <Table.Td className="name">
        {finding.package.name} {finding.package.version}
      </Table.Td>
      <Table.Td className="name">{fixedVersion ?? texts.noFix}</Table.Td>
      <Table.Td>
        <Text size="xs" className="name">
          {path}
        </Text>
        <Text size="xs" c="dimmed" className="name" lineClamp={2}>
          {introducedBy}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
