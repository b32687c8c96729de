import { Badge, Button, Group, List, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { deedsOf, type OrganizationView, type Role, rolesQuery } from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { RoleForm } from "./role-form.tsx";

/** Sets of permissions that members hold: those of every organization, and its own. */
export function RolesPanel({ organization }: { readonly organization: OrganizationView }) {
  const { organizations, common } = useMessages();
  const texts = organizations.roles;
  const { name, permissions } = organization;
  const { data } = useQuery({ ...rolesQuery(name), throwOnError: true });
  const [edited, setEdited] = useState<Role>();
  const mayManage = permissions.includes("role.manage");
  const deeds = deedsOf(name);
  const creation = useDeed(deeds.createRole, ["organization", name]);
  const change = useDeed(deeds.changeRole, ["organization", name]);
  return (
    <Stack>
      <Text>{texts.explain}</Text>
      <DataTable
        label={organizations.tabs.roles}
        columns={[texts.role, texts.permissions, texts.members, common.actions]}
      >
        {data?.items.map((role) => (
          <RoleRow
            key={role.name}
            role={role}
            organization={name}
            onEdit={mayManage && !role.isBuiltIn ? () => setEdited(role) : undefined}
          />
        ))}
      </DataTable>
      {mayManage && edited !== undefined ? (
        <Section title={texts.editOne(edited.name)}>
          <RoleForm
            key={edited.name}
            label={texts.editOne(edited.name)}
            submit={common.save}
            role={edited}
            deed={change}
            onSubmit={(body) =>
              change.mutate({ ...body, of: edited.name }, { onSuccess: () => setEdited(undefined) })
            }
          />
        </Section>
      ) : null}
      {mayManage ? (
        <Section title={texts.make}>
          <RoleForm
            label={texts.make}
            submit={texts.make}
            deed={creation}
            onSubmit={(body, onSuccess) => creation.mutate(body, { onSuccess })}
          />
        </Section>
      ) : null}
    </Stack>
  );
}

function RoleRow(props: {
  readonly role: Role;
  readonly organization: string;
  readonly onEdit: (() => void) | undefined;
}) {
  const { organizations } = useMessages();
  const texts = organizations.roles;
  const { role, organization, onEdit } = props;
  const { name, description, isBuiltIn, members } = role;
  const removal = useDeed(deedsOf(organization).removeRole, ["organization", organization]);
  return (
    <Table.Tr>
      <Table.Td className="name">
        {name} {isBuiltIn ? <Badge variant="default">{texts.builtIn}</Badge> : null}
        {description === "" ? null : <Text size="sm">{description}</Text>}
        <ProblemText error={removal.error} />
      </Table.Td>
      <Table.Td>
        <List size="sm">
          {role.permissions.map((one) => (
            <List.Item key={one}>{texts.names[one]}</List.Item>
          ))}
        </List>
      </Table.Td>
      <Table.Td>{members}</Table.Td>
      <Table.Td>
        {onEdit === undefined ? null : (
          <Group gap="xs">
            <Button size="xs" variant="default" aria-label={texts.editOne(name)} onClick={onEdit}>
              {texts.edit}
            </Button>
            <ConfirmButton
              text={texts.remove}
              label={texts.removeOne(name)}
              explain={texts.removeExplain}
              loading={removal.isPending}
              onConfirm={() => removal.mutate(name)}
            />
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
