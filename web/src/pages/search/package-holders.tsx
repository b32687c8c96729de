import { Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { packageHoldersQuery } from "../../api/scans.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { ShowMore } from "../../parts/show-more.tsx";
import { Loading } from "../../shell/loading.tsx";
import { HolderImage } from "./holder-image.tsx";

export function PackageHolders(wish: { readonly name: string; readonly below: string }) {
  const { whoHas: texts, scanning } = useMessages();
  const found = useInfiniteQuery(packageHoldersQuery(wish));
  if (found.isPending) return <Loading />;
  if (found.isError) return <ProblemText error={found.error} />;
  const holders = found.data.pages.flatMap(({ items }) => items);
  if (holders.length === 0) return <Text mt="sm">{texts.none}</Text>;
  return (
    <>
      <DataTable label={texts.package} columns={[texts.image, texts.package, scanning.version]}>
        {holders.map((holder) => (
          <Table.Tr
            key={`${holder.repository} ${holder.digest} ${holder.type} ${holder.package} ${holder.version}`}
          >
            <Table.Td>
              <HolderImage holder={holder} />
            </Table.Td>
            <Table.Td className="name">
              {holder.type} {holder.package}
            </Table.Td>
            <Table.Td className="name">{holder.version}</Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
      <ShowMore pages={found} />
    </>
  );
}
