import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type OrganizationView, type Right, rightsQuery } from "../../api/organizations.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { GiveRightForm } from "./give-right-form.tsx";
import { RightCell } from "./right-cell.tsx";

/** Who was given what: teams and accounts by where it holds. */
export function RightsPanel({ organization }: { readonly organization: OrganizationView }) {
  const { organizations: texts } = useMessages();
  const { name, permissions } = organization;
  const { data } = useQuery({ ...rightsQuery(name), throwOnError: true });
  const rights = data?.items ?? [];
  const mayManage = permissions.includes("right.manage");
  return (
    <Stack>
      <Text>{texts.rightsExplain}</Text>
      {data !== undefined && rights.length === 0 ? <Text>{texts.noRights}</Text> : null}
      {rights.length === 0 ? null : <Matrix {...{ name, rights, mayManage }} />}
      {mayManage ? <GiveRightForm namespace={name} first="team" /> : null}
    </Stack>
  );
}

function Matrix(props: {
  readonly name: string;
  readonly rights: readonly Right[];
  readonly mayManage: boolean;
}) {
  const { organizations: texts } = useMessages();
  const { name, rights, mayManage } = props;
  const subjectOf = useSubjectText();
  const rows = [...new Set(rights.map(subjectOf))].sort();
  const places = [...new Set(rights.map(placeOf))].sort();
  return (
    <DataTable label={texts.tabs.rights} columns={[texts.who, ...places]}>
      {rows.map((row) => (
        <Table.Tr key={row}>
          <Table.Th scope="row" className="name">
            {row}
          </Table.Th>
          {places.map((place) => (
            <Table.Td key={place}>
              {rights
                .filter((right) => subjectOf(right) === row && placeOf(right) === place)
                .map((right) => (
                  <RightCell key={right.tags ?? ""} {...{ name, right, row, place, mayManage }} />
                ))}
            </Table.Td>
          ))}
        </Table.Tr>
      ))}
    </DataTable>
  );
}

/** A team and an account may be called the same. */
function useSubjectText(): (right: Right) => string {
  const { organizations: texts, common } = useMessages();
  return ({ team, account = "" }) =>
    team === undefined ? texts.subject(account, common.account) : texts.subject(team, texts.team);
}

function placeOf({ pattern, repository }: Right): string {
  return pattern ?? repository ?? "";
}
