import { Accordion, Group, Pill, Stack, Text, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import {
  deedsOf,
  type OrganizationView,
  type Team,
  teamMembersQuery,
  teamsQuery,
} from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { ShowMore } from "../../parts/show-more.tsx";
import { SmallForm } from "../../parts/small-form.tsx";

export function TeamsPanel({ organization }: { readonly organization: OrganizationView }) {
  const { organizations: texts, common } = useMessages();
  const { name, permissions } = organization;
  const mayManage = permissions.includes("team.manage");
  const found = useInfiniteQuery({ ...teamsQuery(name), throwOnError: true });
  const creation = useDeed(deedsOf(name).createTeam, ["organization", name, "teams"]);
  const teams = found.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Stack>
      {mayManage ? (
        <Section title={texts.addTeam}>
          <SmallForm
            label={texts.addTeam}
            submit={texts.addTeam}
            deed={creation}
            onSubmit={(typed, onSuccess) =>
              creation.mutate(
                { name: typed("name").trim(), description: typed("description") },
                { onSuccess },
              )
            }
          >
            <TextInput name="name" label={common.name} required />
            <TextInput name="description" label={texts.description} />
          </SmallForm>
        </Section>
      ) : null}
      {found.isSuccess && teams.length === 0 ? <Text>{common.none}</Text> : null}
      <Accordion>
        {teams.map((team) => (
          <TeamItem key={team.name} {...{ team, organization }} />
        ))}
      </Accordion>
      <ShowMore pages={found} />
    </Stack>
  );
}

function TeamItem(props: { readonly team: Team; readonly organization: OrganizationView }) {
  const { organizations: texts } = useMessages();
  const { team, organization } = props;
  return (
    <Accordion.Item value={team.name}>
      <Accordion.Control>
        <Text fw={600} className="name">
          {team.name}
        </Text>
        <Text size="sm" className="name">
          {team.description} {texts.people(String(team.members))}
        </Text>
      </Accordion.Control>
      <Accordion.Panel>
        <TeamMembers {...{ team, organization }} />
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function TeamMembers(props: { readonly team: Team; readonly organization: OrganizationView }) {
  const { organizations: texts, common } = useMessages();
  const { name, permissions } = props.organization;
  const of = props.team.name;
  const mayManage = permissions.includes("team.manage");
  const deeds = deedsOf(name);
  const key = ["organization", name, "teams"];
  const addition = useDeed(deeds.addToTeam, key);
  const leaving = useDeed(deeds.removeFromTeam, key);
  const removal = useDeed(deeds.removeTeam, key);
  const found = useInfiniteQuery({ ...teamMembersQuery(name, of), throwOnError: true });
  const people = found.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Stack>
      <Group gap="xs">
        {people.map((user) => (
          <Pill
            key={user}
            withRemoveButton={mayManage}
            onRemove={() => leaving.mutate({ of, user })}
            removeButtonProps={{ "aria-label": common.removeOne(user), tabIndex: 0 }}
          >
            {user}
          </Pill>
        ))}
      </Group>
      <ShowMore pages={found} />
      <ProblemText error={leaving.error ?? removal.error} />
      {mayManage ? (
        <Group align="end" justify="space-between">
          <SmallForm
            label={texts.addToTeam(of)}
            submit={common.add}
            deed={addition}
            onSubmit={(typed, onSuccess) =>
              addition.mutate({ of, user: typed("user").trim() }, { onSuccess })
            }
          >
            <TextInput name="user" label={texts.addToTeam(of)} required />
          </SmallForm>
          <ConfirmButton
            text={common.remove}
            label={common.removeOne(of)}
            explain={texts.removeTeam(of)}
            loading={removal.isPending}
            onConfirm={() => removal.mutate(of)}
          />
        </Group>
      ) : null}
    </Stack>
  );
}
