import { Badge, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { findingHoldersQuery } from "../../api/scans.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { SEVERITY_COLORS } from "../../parts/severities.ts";
import { ShowMore } from "../../parts/show-more.tsx";
import { Loading } from "../../shell/loading.tsx";
import { HolderImage } from "./holder-image.tsx";

export function FindingHolders({ vulnerability }: { readonly vulnerability: string }) {
  const { whoHas: texts, findings } = useMessages();
  const found = useInfiniteQuery(findingHoldersQuery(vulnerability));
  if (found.isPending) return <Loading />;
  if (found.isError) return <ProblemText error={found.error} />;
  const holders = found.data.pages.flatMap(({ items }) => items);
  if (holders.length === 0) return <Text mt="sm">{texts.none}</Text>;
  return (
    <>
      <DataTable
        label={texts.vulnerability}
        columns={[texts.image, findings.severity, findings.package, findings.fix]}
      >
        {holders.map((holder) => (
          <Table.Tr key={`${holder.repository} ${holder.digest} ${holder.package}`}>
            <Table.Td>
              <HolderImage holder={holder} />
              {holder.isInForce ? undefined : (
                <Text size="xs" c="dimmed">
                  {texts.decidedAway}
                </Text>
              )}
            </Table.Td>
            <Table.Td>
              <Badge color={SEVERITY_COLORS[holder.severity]}>
                {findings.severities[holder.severity]}
              </Badge>
            </Table.Td>
            <Table.Td className="name">
              {holder.package} {holder.version}
            </Table.Td>
            <Table.Td className="name">{holder.fixedVersion ?? findings.noFix}</Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
      <ShowMore pages={found} />
    </>
  );
}
