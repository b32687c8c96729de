import { Badge, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type PolicyKey, reportsQuery } from "../../api/pull-policies.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ImageLink } from "../../parts/image-link.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { shortDigest } from "../../parts/short-digest.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { MODE_COLORS } from "./policy-draft.ts";

/** Pulls that a policy refused, warned of or merely counted. */
export function ReportsTable(policy: PolicyKey) {
  const { pullPolicies: texts } = useMessages();
  const { data, error } = useQuery(reportsQuery(policy));
  const title = texts.reportsOf(policy.name);
  const items = data?.items ?? [];
  return (
    <section aria-label={title}>
      <Title order={3} size="h5" mt="md">
        {texts.reports}
      </Title>
      <ProblemText error={error} />
      {data !== undefined && items.length === 0 ? <Text size="sm">{texts.noReports}</Text> : null}
      {items.length === 0 ? null : (
        <DataTable
          label={title}
          columns={[texts.mode, texts.image, texts.pulls, texts.last, texts.why]}
        >
          {items.map(({ repository, digest, mode, why, pulls, lastBy, lastAt }) => (
            <Table.Tr key={`${repository} ${digest} ${mode}`}>
              <Table.Td>
                <Badge color={MODE_COLORS[mode]}>{texts.shortModes[mode]}</Badge>
              </Table.Td>
              <Table.Td>
                <ImageLink {...{ repository, reference: digest }} className="name">
                  {repository}@{shortDigest(digest)}
                </ImageLink>
              </Table.Td>
              <Table.Td>{pulls}</Table.Td>
              <Table.Td className="name">
                {lastBy} <TimeAgo at={lastAt} />
              </Table.Td>
              <Table.Td className="name">{why}</Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
    </section>
  );
}
