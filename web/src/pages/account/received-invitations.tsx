import { Button, Group, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { accountDeeds, receivedInvitationsQuery } from "../../api/account.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { ShowMore } from "../../parts/show-more.tsx";

/** Organizations that ask somebody to come; nothing where none does. */
export function ReceivedInvitations() {
  const { account: texts } = useMessages();
  const found = useInfiniteQuery({ ...receivedInvitationsQuery, throwOnError: true });
  const acceptance = useDeed(accountDeeds.acceptInvitation, ["account"]);
  const refusal = useDeed(accountDeeds.declineInvitation, ["account"]);
  const invitations = found.data?.pages.flatMap(({ items }) => items) ?? [];
  if (invitations.length === 0) return null;
  return (
    <Section title={texts.invitations}>
      {invitations.map(({ id, organization, role, invitedBy }) => (
        <Group key={id} mb="xs">
          <Text flex={1} className="name">
            {texts.invitedTo(organization, role, invitedBy)}
          </Text>
          <Button loading={acceptance.isPending} onClick={() => acceptance.mutate(id)}>
            {texts.accept(organization)}
          </Button>
          <Button variant="default" loading={refusal.isPending} onClick={() => refusal.mutate(id)}>
            {texts.decline(organization)}
          </Button>
        </Group>
      ))}
      <ProblemText error={acceptance.error ?? refusal.error} />
      <ShowMore pages={found} />
    </Section>
  );
}
