import { Alert, Button, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { deedsOf, type InviteOutcome, invitationsQuery } from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { ShowMore } from "../../parts/show-more.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

/** Who was asked to come and has not answered, and asking more. */
export function InvitationsSection(props: {
  readonly name: string;
  readonly roles: readonly string[];
}) {
  const { organizations: texts, common, words } = useMessages();
  const { name, roles } = props;
  const deeds = deedsOf(name);
  const found = useInfiniteQuery({ ...invitationsQuery(name), throwOnError: true });
  const invitation = useDeed(deeds.invite, ["organization", name]);
  const cancellation = useDeed(deeds.cancelInvitation, ["organization", name]);
  const waiting = found.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Section title={texts.invitations}>
      <SmallForm
        label={texts.invite}
        submit={texts.invite}
        deed={invitation}
        onSubmit={(typed, onSuccess) =>
          invitation.mutate(
            { invitees: [typed("invitee").trim()], role: typed("role") },
            { onSuccess },
          )
        }
      >
        <TextInput name="invitee" label={texts.invitee} required />
        <Select
          name="role"
          label={common.role}
          data={roles.map((value) => ({ value, label: words.role(value) }))}
          defaultValue="member"
          allowDeselect={false}
        />
      </SmallForm>
      {invitation.data?.items.map((outcome) => (
        <Outcome key={outcome.invitee} outcome={outcome} />
      ))}
      <ProblemText error={cancellation.error} />
      {waiting.length === 0 ? null : (
        <DataTable
          label={texts.invitations}
          columns={[texts.invitee, common.role, texts.invitedBy, common.expires, common.actions]}
        >
          {waiting.map(({ id, invitee, role, invitedBy, expiresAt }) => (
            <Table.Tr key={id}>
              <Table.Td className="name">{invitee}</Table.Td>
              <Table.Td>{words.role(role)}</Table.Td>
              <Table.Td className="name">{invitedBy}</Table.Td>
              <Table.Td>
                <TimeAgo at={expiresAt} />
              </Table.Td>
              <Table.Td>
                <Button
                  size="xs"
                  variant="default"
                  aria-label={common.removeOne(invitee)}
                  onClick={() => cancellation.mutate(id)}
                >
                  {common.remove}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
      <ShowMore pages={found} />
    </Section>
  );
}

function Outcome({ outcome }: { readonly outcome: InviteOutcome }) {
  const { organizations: texts } = useMessages();
  const { invitee, status, why, handOver } = outcome;
  return (
    <Alert role="status" my="sm" color={status === "invited" ? "green" : "yellow"}>
      <Text className="name">
        {invitee}: {texts.inviteStates[status]} {why}
      </Text>
      {handOver === undefined ? null : (
        <Stack gap="xs">
          <Text size="sm">{texts.handOver}</Text>
          <CommandLine text={handOver.link ?? handOver.command} />
        </Stack>
      )}
    </Alert>
  );
}
