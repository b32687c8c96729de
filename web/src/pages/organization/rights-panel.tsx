import { Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import {
  deedsOf,
  type OrganizationView,
  type Right,
  rightsQuery,
} from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { actionsOf, LEVELS, type Level } from "./levels.ts";
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
      {mayManage ? <GiveForm name={name} /> : null}
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

function GiveForm({ name }: { readonly name: string }) {
  const { organizations: texts, common } = useMessages();
  const gift = useDeed(deedsOf(name).giveRight, ["organization", name, "rights"]);
  return (
    <Section title={texts.give}>
      <SmallForm
        label={texts.give}
        submit={texts.give}
        deed={gift}
        onSubmit={(typed, onSuccess) => {
          const where = typed("where").trim();
          const isWhole = where.startsWith(`${name}/`) && !where.includes("*");
          gift.mutate(
            {
              [typed("kind")]: typed("who").trim(),
              [isWhole ? "repository" : "pattern"]: where,
              actions: actionsOf(typed("level") as Level),
            },
            { onSuccess },
          );
        }}
      >
        <Select
          name="kind"
          label={texts.kind}
          data={[
            { value: "team", label: texts.team },
            { value: "account", label: common.account },
          ]}
          defaultValue="team"
          allowDeselect={false}
        />
        <TextInput name="who" label={texts.who} required />
        <TextInput name="where" label={texts.where} description={texts.whereHint} required />
        <Select
          name="level"
          label={texts.what}
          data={LEVELS.map((value) => ({ value, label: texts.levels[value] }))}
          defaultValue="pull"
          allowDeselect={false}
        />
      </SmallForm>
    </Section>
  );
}

function subjectOf({ team, account }: Right): string {
  return team ?? account ?? "";
}

function placeOf({ pattern, repository }: Right): string {
  return pattern ?? repository ?? "";
}
