import { Button, Group, Stack, Text } from "@mantine/core";
import { useRef, useState } from "react";
import { adminDeeds } from "../../api/administration.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";
import { useCount } from "../../parts/use-count.ts";

/** What nothing needs any more: looking for it, and removing it; either can be stopped. */
export function CollectionPanel() {
  const { admin: texts, operating } = useMessages();
  const countOf = useCount();
  const sizeOf = useByteSize();
  const [looked, setLooked] = useState(0);
  const stopping = useRef<AbortController>(undefined);
  const run = useDeed(adminDeeds.collect, ["usage"]);
  const print = run.data?.dryRun === true ? texts.wouldCollect : texts.collected;
  const start = (dryRun: boolean) => {
    stopping.current = new AbortController();
    setLooked(0);
    run.mutate({ dryRun, onProgress: setLooked, signal: stopping.current.signal });
  };
  const isStopped = stopping.current?.signal.aborted === true;
  return (
    <Section title={texts.tabs.collection}>
      <Stack>
        <Text>{texts.collectionExplain}</Text>
        <Group>
          <Button
            variant="default"
            loading={run.isPending && run.variables.dryRun}
            disabled={run.isPending}
            onClick={() => start(true)}
          >
            {texts.look}
          </Button>
          <Button
            loading={run.isPending && !run.variables.dryRun}
            disabled={run.isPending}
            onClick={() => start(false)}
          >
            {texts.collect}
          </Button>
          {run.isPending ? (
            <Button variant="default" onClick={() => stopping.current?.abort()}>
              {operating.stopWork}
            </Button>
          ) : null}
        </Group>
        <ProblemText error={isStopped ? null : run.error} />
        <Text role="status">
          {run.isPending ? operating.looked(countOf(looked)) : null}
          {run.isError && isStopped ? operating.stopped : null}
          {run.data === undefined
            ? null
            : `${print(countOf(run.data.removed), sizeOf(run.data.freedBytes))}, ${texts.kept(countOf(run.data.kept))}`}
        </Text>
      </Stack>
    </Section>
  );
}
