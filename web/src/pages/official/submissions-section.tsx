import { Anchor, Badge, Group, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { submissionsQuery } from "../../api/official.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { ShowMore } from "../../parts/show-more.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { SubmissionState } from "./submission-state.tsx";

export function SubmissionsSection() {
  const { official: texts, common } = useMessages();
  const found = useInfiniteQuery(submissionsQuery);
  const submissions = found.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Section title={texts.submissions}>
      <ProblemText error={found.error} />
      {found.isSuccess && submissions.length === 0 ? <Text>{texts.noSubmissions}</Text> : null}
      {submissions.length === 0 ? null : (
        <DataTable
          label={texts.submissions}
          columns={[texts.submission, common.state, texts.author, common.when]}
        >
          {submissions.map(({ id, name, state, author, security, isNew, createdAt }) => (
            <Table.Tr key={id}>
              <Table.Td className="name">
                <Group gap="xs">
                  <Anchor
                    renderRoot={(props) => (
                      <Link to="/official/$id" params={{ id: String(id) }} {...props} />
                    )}
                  >
                    {texts.one(String(id), name)}
                  </Anchor>
                  {security ? <Badge color="red.9">{texts.security}</Badge> : null}
                  {isNew ? <Badge variant="default">{texts.isNew}</Badge> : null}
                </Group>
              </Table.Td>
              <Table.Td>
                <SubmissionState state={state} />
              </Table.Td>
              <Table.Td className="name">{author}</Table.Td>
              <Table.Td>
                <TimeAgo at={createdAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
      <ShowMore pages={found} />
    </Section>
  );
}
