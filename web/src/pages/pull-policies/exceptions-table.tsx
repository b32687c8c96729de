import { Button, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import {
  exceptionsQuery,
  POLICIES_KEY,
  type PolicyKey,
  policyDeeds,
} from "../../api/pull-policies.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { shortDigest } from "../../parts/short-digest.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { ApproveException } from "./approve-exception.tsx";

/** What a policy lets through nevertheless, who said so, why and until when. */
export function ExceptionsTable(policy: PolicyKey) {
  const { pullPolicies: texts, common } = useMessages();
  const { data, error } = useQuery(exceptionsQuery(policy));
  const end = useDeed(policyDeeds.endException, POLICIES_KEY);
  const title = texts.exceptionsOf(policy.name);
  const items = data?.items ?? [];
  return (
    <section aria-label={title}>
      <Title order={3} size="h5" mt="md">
        {texts.exceptions}
      </Title>
      <ProblemText error={error ?? end.error} />
      {data !== undefined && items.length === 0 ? (
        <Text size="sm">{texts.noExceptions}</Text>
      ) : null}
      {items.length === 0 ? null : (
        <DataTable
          label={title}
          columns={[...[texts.image, texts.reason, texts.author, common.expires], common.actions]}
        >
          {items.map(({ id, repository, digest, reason, author, expiresAt }) => (
            <Table.Tr key={id}>
              <Table.Td className="name">
                {repository} {digest === null ? texts.wholeRepository : shortDigest(digest)}
              </Table.Td>
              <Table.Td className="name">{reason}</Table.Td>
              <Table.Td className="name">{author}</Table.Td>
              <Table.Td>
                <TimeAgo at={expiresAt} />
              </Table.Td>
              <Table.Td>
                <Button
                  size="xs"
                  variant="default"
                  aria-label={texts.endOne(String(id))}
                  loading={end.isPending}
                  onClick={() => end.mutate({ ...policy, id })}
                >
                  {texts.end}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
      <ApproveException policy={policy} />
    </section>
  );
}
