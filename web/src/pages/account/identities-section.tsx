import { Button, Group, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { accountDeeds, identitiesQuery, type LinkedIdentity } from "../../api/account.ts";
import { providersQuery } from "../../api/session.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { DeedProblem } from "../../parts/deed-problem.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

/** Who of a directory or a provider opens this account, too. Nothing is shown where there are none of either. */
export function IdentitiesSection() {
  const { account: texts, common } = useMessages();
  const { data } = useQuery({ ...identitiesQuery, throwOnError: true });
  const providers = useQuery(providersQuery).data?.items ?? [];
  const unlinking = useDeed(accountDeeds.unlinkIdentity, identitiesQuery.queryKey);
  const identities = data?.items ?? [];
  if (identities.length === 0 && providers.length === 0) return null;
  return (
    <Section title={texts.identities}>
      <Text mb="xs">{texts.identitiesExplain}</Text>
      <ProblemText error={unlinking.error} />
      {identities.length === 0 ? null : (
        <DataTable
          label={texts.identities}
          columns={[texts.provider, common.name, common.created, common.lastUse, common.actions]}
        >
          {identities.map((identity) => (
            <IdentityRow
              key={identity.id}
              identity={identity}
              onUnlink={() => unlinking.mutate(identity.id)}
            />
          ))}
        </DataTable>
      )}
      <LinkButtons names={providers.map(({ name }) => name)} />
    </Section>
  );
}

function IdentityRow(props: { readonly identity: LinkedIdentity; readonly onUnlink: () => void }) {
  const { account: texts } = useMessages();
  const { identity, onUnlink } = props;
  const { provider, issuer, name, createdAt, seenAt } = identity;
  return (
    <Table.Tr>
      <Table.Td className="name">
        {provider}
        {issuer === provider ? null : (
          <Text size="xs" c="dimmed">
            {issuer}
          </Text>
        )}
      </Table.Td>
      <Table.Td className="name">{name}</Table.Td>
      <Table.Td>
        <TimeAgo at={createdAt} />
      </Table.Td>
      <Table.Td>
        <TimeAgo at={seenAt} />
      </Table.Td>
      <Table.Td>
        <ConfirmButton
          text={texts.unlink}
          label={texts.unlinkOne(name, provider)}
          explain={texts.unlinkExplain}
          onConfirm={onUnlink}
        />
      </Table.Td>
    </Table.Tr>
  );
}

/** The provider asks who somebody is, and sends the browser back here. */
function LinkButtons({ names }: { readonly names: readonly string[] }) {
  const { account: texts } = useMessages();
  const link = useDeed(async (provider: string) => {
    const { location } = await accountDeeds.linkIdentity({ provider, return: "/account" });
    window.location.assign(location);
  }, identitiesQuery.queryKey);
  return (
    <>
      <Group mt="sm">
        {names.map((name) => (
          <Button
            key={name}
            variant="default"
            loading={link.isPending}
            onClick={() => link.mutate(name)}
          >
            {texts.link(name)}
          </Button>
        ))}
      </Group>
      <DeedProblem
        deed={link}
        again={() => link.variables !== undefined && link.mutate(link.variables)}
      />
    </>
  );
}
