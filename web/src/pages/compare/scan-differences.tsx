import { Badge, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { comparisonQuery, type ScanComparison } from "../../api/scans.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { SEVERITY_COLORS } from "../../parts/severities.ts";
import { Loading } from "../../shell/loading.tsx";

/** Packages and findings of both, as their scans saw them. */
export function ScanDifferences(props: {
  readonly repository: string;
  readonly from: string;
  readonly to: string;
}) {
  const { repository, from, to } = props;
  const { compare: texts } = useMessages();
  const found = useQuery(comparisonQuery(repository, { from, to }));
  if (found.isPending) return <Loading />;
  if (found.isError)
    return (
      <Section title={texts.packages}>
        <Text>{texts.unscanned}</Text>
        <ProblemText error={found.error} />
      </Section>
    );
  return (
    <>
      <Findings findings={found.data.findings} />
      <Packages packages={found.data.packages} />
    </>
  );
}

function Findings({ findings }: Pick<ScanComparison, "findings">) {
  const { compare: texts, findings: words, common } = useMessages();
  const rows = [
    ...findings.added.map((finding) => ({ finding, change: texts.added })),
    ...findings.removed.map((finding) => ({ finding, change: texts.removed })),
  ];
  return (
    <Section title={texts.findings}>
      {rows.length === 0 ? (
        <Text>{texts.same}</Text>
      ) : (
        <DataTable
          label={texts.findings}
          columns={[common.state, words.severity, words.id, words.package, words.fix]}
        >
          {rows.map(({ finding, change }) => (
            <Table.Tr key={`${change} ${finding.id} ${finding.package.name} ${finding.path}`}>
              <Table.Td>{change}</Table.Td>
              <Table.Td>
                <Badge color={SEVERITY_COLORS[finding.severity]}>
                  {words.severities[finding.severity]}
                </Badge>
              </Table.Td>
              <Table.Td className="name">{finding.id}</Table.Td>
              <Table.Td className="name">
                {finding.package.name} {finding.package.version}
              </Table.Td>
              <Table.Td className="name">{finding.fixedVersion ?? words.noFix}</Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
    </Section>
  );
}

function Packages({ packages }: Pick<ScanComparison, "packages">) {
  const { compare: texts, common, scanning } = useMessages();
  const rows = [
    ...packages.added.map(({ versions, ...one }) => ({
      ...{ ...one, change: texts.added, from: [], to: versions },
    })),
    ...packages.removed.map(({ versions, ...one }) => ({
      ...{ ...one, change: texts.removed, from: versions, to: [] },
    })),
    ...packages.changed.map((one) => ({ ...one, change: texts.changed })),
  ];
  return (
    <Section title={texts.packages}>
      {rows.length === 0 ? (
        <Text>{texts.same}</Text>
      ) : (
        <DataTable
          label={texts.packages}
          columns={[common.state, scanning.package, texts.before, texts.after]}
        >
          {rows.map(({ change, type, name, from, to }) => (
            <Table.Tr key={`${change} ${type} ${name}`}>
              <Table.Td>{change}</Table.Td>
              <Table.Td className="name">
                {type} {name}
              </Table.Td>
              <Table.Td className="name">{from.join(", ")}</Table.Td>
              <Table.Td className="name">{to.join(", ")}</Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
    </Section>
  );
}
