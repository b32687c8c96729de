import { Select, Stack, Table, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import {
  deedsOf,
  type Member,
  membersQuery,
  type OrganizationView,
  rolesQuery,
} from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { DeedProblem } from "../../parts/deed-problem.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { ShowMore } from "../../parts/show-more.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { InvitationsSection } from "./invitations-section.tsx";

const BUILT_IN = ["member", "contributor", "owner"];

export function MembersPanel({ organization }: { readonly organization: OrganizationView }) {
  const { organizations: texts, common, words } = useMessages();
  const { name, permissions } = organization;
  const mayManage = permissions.includes("member.manage");
  const roles = useRoleNames(organization);
  const found = useInfiniteQuery({ ...membersQuery(name), throwOnError: true });
  const members = found.data?.pages.flatMap(({ items }) => items) ?? [];
  const addition = useDeed(deedsOf(name).putMember, ["organization", name]);
  return (
    <Stack>
      <Section title={texts.tabs.members}>
        <DataTable
          label={texts.tabs.members}
          columns={[common.account, common.role, texts.joined, common.actions]}
        >
          {members.map((member) => (
            <MemberRow key={member.name} {...{ member, organization, roles }} />
          ))}
        </DataTable>
        <ShowMore pages={found} />
        {mayManage ? (
          <SmallForm
            label={texts.addMember}
            submit={texts.addMember}
            deed={addition}
            onSubmit={(typed, onSuccess) =>
              addition.mutate({ user: typed("user").trim(), role: typed("role") }, { onSuccess })
            }
          >
            <TextInput name="user" label={common.account} required />
            <Select
              name="role"
              label={common.role}
              data={roles.map((value) => ({ value, label: words.role(value) }))}
              defaultValue="member"
              allowDeselect={false}
            />
          </SmallForm>
        ) : null}
      </Section>
      {mayManage ? <InvitationsSection name={name} roles={roles} /> : null}
    </Stack>
  );
}

/** Those of every organization, and its own where the caller may see them. */
function useRoleNames({ name, permissions }: OrganizationView): string[] {
  const enabled = permissions.includes("role.read");
  const { data } = useQuery({ ...rolesQuery(name), enabled });
  return data?.items.map((role) => role.name) ?? BUILT_IN;
}

function MemberRow(props: {
  readonly member: Member;
  readonly organization: OrganizationView;
  readonly roles: readonly string[];
}) {
  const { organizations: texts, common, words } = useMessages();
  const { member, organization, roles } = props;
  const { name, permissions } = organization;
  const deeds = deedsOf(name);
  const change = useDeed(deeds.putMember, ["organization", name]);
  const removal = useDeed(deeds.removeMember, ["organization", name]);
  const mayManage = permissions.includes("member.manage");
  return (
    <Table.Tr>
      <Table.Td className="name">
        {member.name}
        <DeedProblem
          deed={change}
          again={() => change.variables && change.mutate(change.variables)}
        />
        <ProblemText error={removal.error} />
      </Table.Td>
      <Table.Td>
        {mayManage ? (
          <Select
            aria-label={texts.roleOf(member.name)}
            data={roles.map((value) => ({ value, label: words.role(value) }))}
            value={member.role}
            allowDeselect={false}
            onChange={(role) => role !== null && change.mutate({ user: member.name, role })}
          />
        ) : (
          words.role(member.role)
        )}
      </Table.Td>
      <Table.Td>
        <TimeAgo at={member.joinedAt} />
      </Table.Td>
      <Table.Td>
        {mayManage ? (
          <ConfirmButton
            text={common.remove}
            label={common.removeOne(member.name)}
            explain={texts.removeMember(member.name)}
            loading={removal.isPending}
            onConfirm={() => removal.mutate(member.name)}
          />
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}
