import { Anchor, Container, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useHub } from "../../api/hub.ts";
import { organizationDeeds, organizationsQuery } from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Section } from "../../parts/section.tsx";
import { ShowMore } from "../../parts/show-more.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";

/** The caller's organizations, and making one. */
export function OrganizationsPage() {
  const { organizations: texts, common } = useMessages();
  const { account } = useHub();
  usePageTitle(texts.title);
  const found = useInfiniteQuery({ ...organizationsQuery, throwOnError: true });
  const own = found.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Container size="md" px={0}>
      <Title order={1}>{texts.title}</Title>
      <Text mb="md">{texts.explain}</Text>
      <Stack>
        {found.isSuccess && own.length === 0 ? <Text>{texts.none}</Text> : null}
        <DataTable label={texts.title} columns={[common.name, texts.fullName, common.created]}>
          {own.map(({ name, fullName, createdAt }) => (
            <Table.Tr key={name}>
              <Table.Td className="name">
                <Anchor renderRoot={(props) => <Link to="/o/$name" params={{ name }} {...props} />}>
                  {name}
                </Anchor>
              </Table.Td>
              <Table.Td className="name">{fullName}</Table.Td>
              <Table.Td>
                <TimeAgo at={createdAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
        <ShowMore pages={found} />
        {account?.role === "administrator" ? <CreateForm /> : <Text>{texts.byAdministrators}</Text>}
      </Stack>
    </Container>
  );
}

function CreateForm() {
  const { organizations: texts, common } = useMessages();
  const navigate = useNavigate();
  const creation = useDeed(organizationDeeds.create, ["organizations"]);
  return (
    <Section title={texts.create}>
      <SmallForm
        label={texts.create}
        submit={texts.create}
        deed={creation}
        onSubmit={(typed) => {
          const fullName = typed("fullName").trim();
          creation.mutate(
            { name: typed("name").trim(), ...(fullName !== "" && { fullName }) },
            { onSuccess: ({ name }) => void navigate({ to: "/o/$name", params: { name } }) },
          );
        }}
      >
        <TextInput name="name" label={common.name} required />
        <TextInput name="fullName" label={texts.fullName} />
      </SmallForm>
    </Section>
  );
}
