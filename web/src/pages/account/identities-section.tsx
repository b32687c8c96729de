import { Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { accountDeeds, identitiesQuery } from "../../api/account.ts";
import { providersQuery } from "../../api/session.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DeedProblem } from "../../parts/deed-problem.tsx";
import { IdentityTable } from "../../parts/identity-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";

/** Who of a directory or a provider opens this account, too. Nothing is shown where there are none of either. */
export function IdentitiesSection() {
  const { account: texts } = useMessages();
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
        <IdentityTable
          identities={identities}
          explain={texts.unlinkExplain}
          onUnlink={(id) => unlinking.mutate(id)}
        />
      )}
      <LinkButtons names={providers.map(({ name }) => name)} />
    </Section>
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
