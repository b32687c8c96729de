import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type Right, rightsQuery } from "../../api/organizations.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { GiveRightForm } from "../organization/give-right-form.tsx";
import { RightCell } from "../organization/right-cell.tsx";

/** Who was given what here: by the repository's name, or by a pattern of its namespace. */
export function RepositoryRights({ name }: { readonly name: string }) {
  const { organizations: texts, settings } = useMessages();
  const [namespace = ""] = name.split("/", 1);
  const { data, error } = useQuery(rightsQuery(namespace));
  const rights = (data?.items ?? []).filter(
    ({ repository, pattern }) => repository === name || pattern !== undefined,
  );
  return (
    <Stack>
      <Section title={texts.tabs.rights}>
        <Text>{settings.rightsExplain(namespace)}</Text>
        <ProblemText error={error} />
        {data !== undefined && rights.length === 0 ? <Text>{texts.noRights}</Text> : null}
        {rights.length === 0 ? null : (
          <DataTable label={texts.tabs.rights} columns={[texts.who, texts.where, texts.what]}>
            {rights.map((right) => (
              <RightRow key={keyOf(right)} {...{ namespace, right }} />
            ))}
          </DataTable>
        )}
      </Section>
      <GiveRightForm namespace={namespace} repository={name} first="account" />
    </Stack>
  );
}

function RightRow({ namespace, right }: { readonly namespace: string; readonly right: Right }) {
  const who = right.team ?? right.account ?? "";
  const place = right.pattern ?? right.repository ?? "";
  return (
    <Table.Tr>
      <Table.Td className="name">{who}</Table.Td>
      <Table.Td className="name">{place}</Table.Td>
      <Table.Td>
        <RightCell name={namespace} {...{ right, place }} row={who} mayManage />
      </Table.Td>
    </Table.Tr>
  );
}

function keyOf({ team, account, repository, pattern, tags }: Right): string {
  return JSON.stringify([team, account, repository, pattern, tags]);
}
