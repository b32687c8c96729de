import { Button, Group, Stack, Text } from "@mantine/core";
import { adminDeeds } from "../../api/administration.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";
import { useCount } from "../../parts/use-count.ts";

/** What nothing needs any more: looking for it, and removing it. */
export function CollectionPanel() {
  const { admin: texts } = useMessages();
  const countOf = useCount();
  const sizeOf = useByteSize();
  const run = useDeed(adminDeeds.collect, ["usage"]);
  const print = run.data?.dryRun === true ? texts.wouldCollect : texts.collected;
  return (
    <Section title={texts.tabs.collection}>
      <Stack>
        <Text>{texts.collectionExplain}</Text>
        <Group>
          <Button
            variant="default"
            loading={run.isPending && run.variables}
            disabled={run.isPending}
            onClick={() => run.mutate(true)}
          >
            {texts.look}
          </Button>
          <Button
            loading={run.isPending && !run.variables}
            disabled={run.isPending}
            onClick={() => run.mutate(false)}
          >
            {texts.collect}
          </Button>
        </Group>
        <ProblemText error={run.error} />
        {run.data === undefined ? null : (
          <Text role="status">
            {print(countOf(run.data.removed), sizeOf(run.data.freedBytes))},{" "}
            {texts.kept(countOf(run.data.kept))}
          </Text>
        )}
      </Stack>
    </Section>
  );
}
