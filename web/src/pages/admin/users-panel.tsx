import {
  Anchor,
  Badge,
  Button,
  PasswordInput,
  Select,
  Stack,
  Table,
  TextInput,
} from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { adminDeeds, type User, usersQuery } from "../../api/administration.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { DeedProblem } from "../../parts/deed-problem.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { ShowMore } from "../../parts/show-more.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

const ROLES = ["none", "auditor", "administrator"] as const;

export function UsersPanel() {
  const { admin: texts, common } = useMessages();
  const found = useInfiniteQuery(usersQuery);
  const users = found.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Stack>
      <ProblemText error={found.error} />
      <NewUserForm />
      <DataTable
        label={texts.tabs.users}
        columns={[
          ...[common.account, texts.email, common.role, texts.hasTwoFactor, common.created],
          common.actions,
        ]}
      >
        {users.map((user) => (
          <UserRow key={user.name} user={user} />
        ))}
      </DataTable>
      <ShowMore pages={found} />
    </Stack>
  );
}

function NewUserForm() {
  const { admin: texts, common } = useMessages();
  const creation = useDeed(adminDeeds.createUser, ["users"]);
  return (
    <Section title={texts.addUser}>
      <SmallForm
        label={texts.addUser}
        submit={texts.addUser}
        deed={creation}
        onSubmit={(typed, onSuccess) => {
          const email = typed("email").trim();
          const wish = { name: typed("name").trim(), password: typed("password") };
          creation.mutate({ ...wish, ...(email !== "" && { email }) }, { onSuccess });
        }}
      >
        <TextInput name="name" label={common.name} autoComplete="off" required />
        <TextInput name="email" type="email" label={texts.email} autoComplete="off" />
        <PasswordInput
          name="password"
          label={texts.password}
          autoComplete="new-password"
          miw={200}
          required
        />
      </SmallForm>
    </Section>
  );
}

function UserRow({ user }: { readonly user: User }) {
  const { admin: texts, common } = useMessages();
  const { name, email, role, hasTwoFactor, createdAt, isDisabled } = user;
  const change = useDeed(adminDeeds.changeUser, ["users"]);
  const deed = isDisabled ? texts.switchOn : texts.switchOff;
  const setRole = (wish: (typeof ROLES)[number] | null) =>
    change.mutate({ name, role: wish === "none" ? null : wish });
  return (
    <Table.Tr>
      <Table.Td className="name">
        <Anchor
          renderRoot={(props) => <Link to="/admin/users/$name" params={{ name }} {...props} />}
        >
          {name}
        </Anchor>{" "}
        {isDisabled ? <Badge color="gray.8">{texts.disabled}</Badge> : null}
        <DeedProblem
          deed={change}
          again={() => change.variables && change.mutate(change.variables)}
        />
      </Table.Td>
      <Table.Td className="name">{email}</Table.Td>
      <Table.Td>
        <Select<(typeof ROLES)[number]>
          aria-label={texts.roleOf(name)}
          data={ROLES.map((value) => ({ value, label: texts.roles[value] }))}
          value={role ?? "none"}
          allowDeselect={false}
          onChange={setRole}
        />
      </Table.Td>
      <Table.Td>{hasTwoFactor ? common.yes : common.no}</Table.Td>
      <Table.Td>
        <TimeAgo at={createdAt} />
      </Table.Td>
      <Table.Td>
        <Button
          size="xs"
          variant="default"
          aria-label={texts.switchOne(deed, name)}
          loading={change.isPending}
          onClick={() => change.mutate({ name, isDisabled: !isDisabled })}
        >
          {deed}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}
