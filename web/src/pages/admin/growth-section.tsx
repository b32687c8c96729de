import { Anchor, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { growthQuery } from "../../api/usage.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { repositoryPath, shortName } from "../../parts/repository-path.ts";
import { Section } from "../../parts/section.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";

const DAYS = 7;

/** Where the space goes. */
export function GrowthSection() {
  const { usage: texts, explore } = useMessages();
  const sizeOf = useByteSize();
  const { data, error } = useQuery(growthQuery(DAYS));
  const grown = data?.items ?? [];
  return (
    <Section title={texts.grows}>
      <ProblemText error={error} />
      <Text>
        {data !== undefined && grown.length === 0 ? texts.nothingGrew : texts.growsExplain}
      </Text>
      {grown.length === 0 ? null : (
        <DataTable label={texts.grows} columns={[explore.title, texts.grewBy, texts.now]}>
          {grown.map(({ repository, grewBy, bytes }) => (
            <Table.Tr key={repository}>
              <Table.Td>
                <Anchor component={Link} to={repositoryPath(repository)} className="name">
                  {shortName(repository)}
                </Anchor>
              </Table.Td>
              <Table.Td>{sizeOf(grewBy)}</Table.Td>
              <Table.Td>{sizeOf(bytes)}</Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
    </Section>
  );
}
