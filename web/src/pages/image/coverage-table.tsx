import { List, Table, Text, Title } from "@mantine/core";
import type { ScanReport } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";

/** With what the packages were compared, how old that is, and what was left out. */
export function CoverageTable({ report }: { readonly report: ScanReport }) {
  const { scanning: texts, common } = useMessages();
  const { coverage, setAside, problems } = report;
  return (
    <section aria-label={texts.coverage}>
      <Title order={3} size="h5" mt="md">
        {texts.coverage}
      </Title>
      <Text size="sm">{texts.coverageExplain}</Text>
      <DataTable
        label={texts.coverage}
        columns={[texts.ecosystem, texts.packages, texts.advisories, texts.newest, texts.unfixed]}
      >
        {coverage.map(({ ecosystem, packages, advisories, newest, listsOpen }) => (
          <Table.Tr key={ecosystem}>
            <Table.Td className="name">{ecosystem}</Table.Td>
            <Table.Td>{packages}</Table.Td>
            <Table.Td>{advisories}</Table.Td>
            <Table.Td>{newest ?? "–"}</Table.Td>
            <Table.Td>{listsOpen ? common.yes : common.no}</Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
      {setAside.map(({ reason, packages }) => (
        <Text key={reason} size="sm" className="name">
          {texts.setAside(String(packages), reason)}
        </Text>
      ))}
      {problems.length === 0 ? null : (
        <>
          <Text size="sm">{texts.problems}</Text>
          <List size="sm">
            {problems.map(({ path, layer, reason }) => (
              <List.Item key={`${layer} ${path}`} className="name">
                {path}: {reason}
              </List.Item>
            ))}
          </List>
        </>
      )}
    </section>
  );
}
