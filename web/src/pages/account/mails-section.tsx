import { Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { accountDeeds, mailsQuery } from "../../api/account.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DeedProblem } from "../../parts/deed-problem.tsx";
import { Section } from "../../parts/section.tsx";

/** Which mails somebody wants, of those that are sent without being asked for. */
export function MailsSection() {
  const { account: texts } = useMessages();
  const { data: wishes } = useQuery({ ...mailsQuery, throwOnError: true });
  const change = useDeed(accountDeeds.changeMails, mailsQuery.queryKey);
  if (wishes === undefined) return null;
  return (
    <Section title={texts.mails}>
      <Text mb="xs">{texts.mailsExplain}</Text>
      <Switch
        label={texts.officialMails}
        checked={
          change.isPending ? change.variables.officialImages === true : wishes.officialImages
        }
        onChange={({ currentTarget }) => change.mutate({ officialImages: currentTarget.checked })}
      />
      <DeedProblem
        deed={change}
        again={() => change.variables !== undefined && change.mutate(change.variables)}
      />
    </Section>
  );
}
