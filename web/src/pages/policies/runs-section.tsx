import { Button, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import {
  RETENTION_KEY,
  type RetentionRun,
  retentionDeeds,
  runsQuery,
  type Scope,
} from "../../api/retention.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { ShowMore } from "../../parts/show-more.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";

/** What ran here, what it took, and taking that back. */
export function RunsSection({ scope }: { readonly scope: Scope }) {
  const { policies: texts, common } = useMessages();
  const found = useInfiniteQuery({ ...runsQuery(scope), throwOnError: true });
  const start = useDeed(retentionDeeds(scope).start, RETENTION_KEY);
  const runs = found.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Section title={texts.runs}>
      <ConfirmButton
        text={texts.run}
        label={texts.run}
        explain={texts.runExplain}
        loading={start.isPending}
        onConfirm={() => start.mutate(undefined)}
      />
      <ProblemText error={start.error} />
      {found.isSuccess && runs.length === 0 ? <Text mt="sm">{texts.noRuns}</Text> : null}
      {runs.length === 0 ? null : (
        <DataTable
          label={texts.runs}
          columns={[
            ...[common.when, common.state, texts.startedBy, texts.removed, texts.frees],
            common.actions,
          ]}
        >
          {runs.map((run) => (
            <RunRow key={run.id} scope={scope} run={run} />
          ))}
        </DataTable>
      )}
      <ShowMore pages={found} />
    </Section>
  );
}

function RunRow({ scope, run }: { readonly scope: Scope; readonly run: RetentionRun }) {
  const { policies: texts, common } = useMessages();
  const sizeOf = useByteSize();
  const deeds = retentionDeeds(scope);
  const undo = useDeed(deeds.undo, RETENTION_KEY);
  const cancellation = useDeed(deeds.cancel, RETENTION_KEY);
  const { id, state } = run;
  const isUnderway = state === "waiting" || state === "running";
  const mayUndo =
    (state === "done" || state === "cancelled" || state === "failed") && run.removed > 0;
  return (
    <Table.Tr>
      <Table.Td>
        <TimeAgo at={run.startedAt} />
      </Table.Td>
      <Table.Td className="name">
        {texts.states[state]} {run.failure}
        {state === "undone" ? texts.restored(String(run.restored), String(run.lost)) : null}
        <ProblemText error={undo.error ?? cancellation.error} />
      </Table.Td>
      <Table.Td className="name">{run.startedBy}</Table.Td>
      <Table.Td>{run.removed}</Table.Td>
      <Table.Td>{sizeOf(run.freedBytes)}</Table.Td>
      <Table.Td>
        {mayUndo ? (
          <Button
            size="xs"
            variant="default"
            aria-label={texts.undoOne(String(id))}
            loading={undo.isPending}
            onClick={() => undo.mutate(id)}
          >
            {texts.undo}
          </Button>
        ) : null}
        {isUnderway ? (
          <Button
            size="xs"
            variant="default"
            aria-label={texts.cancelOne(String(id))}
            loading={cancellation.isPending}
            onClick={() => cancellation.mutate(id)}
          >
            {common.cancel}
          </Button>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}
