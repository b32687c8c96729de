import { Button, Group } from "@mantine/core";
import { useHub } from "../../api/hub.ts";
import { isUnderWay, OFFICIAL_KEY, officialDeeds, type Submission } from "../../api/official.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";

const ENDED: readonly Submission["state"][] = ["published", "withdrawn"];

/** What takes it on its way, and what takes it out of it. */
export function SubmissionDeeds({ submission }: { readonly submission: Submission }) {
  const { official: texts } = useMessages();
  const { account } = useHub();
  const { id, name, state, author } = submission;
  const check = useDeed(officialDeeds.check, OFFICIAL_KEY);
  const withdrawal = useDeed(officialDeeds.withdraw, OFFICIAL_KEY);
  const publication = useDeed(officialDeeds.publish, OFFICIAL_KEY);
  const isAdministrator = account?.role === "administrator";
  if (ENDED.includes(state)) return null;
  return (
    <>
      <Group gap="sm">
        {isUnderWay(submission) ? null : (
          <Button
            size="xs"
            variant="default"
            loading={check.isPending}
            onClick={() => check.mutate(id)}
          >
            {texts.checkAgain}
          </Button>
        )}
        {isAdministrator || account?.name === author ? (
          <ConfirmButton
            text={texts.withdraw}
            label={texts.withdrawOne(String(id))}
            explain={texts.withdrawExplain}
            loading={withdrawal.isPending}
            onConfirm={() => withdrawal.mutate(id)}
          />
        ) : null}
        {isAdministrator && state === "staged" ? (
          <ConfirmButton
            text={texts.publish}
            label={texts.publishOne(name)}
            explain={texts.publishExplain(name)}
            loading={publication.isPending}
            onConfirm={() => publication.mutate(id)}
          />
        ) : null}
      </Group>
      <ProblemText error={check.error ?? withdrawal.error ?? publication.error} />
    </>
  );
}
