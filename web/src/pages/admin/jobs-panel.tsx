import { Button, Stack, Table, Text } from "@mantine/core";
import { jobDeeds, jobsQuery } from "../../api/operating.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useJobs } from "../../api/use-jobs.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { BuildsUnderWay } from "./builds-under-way.tsx";
import { FailedScans } from "./failed-scans.tsx";

/** What waits its turn and what runs, as it changes. */
export function JobsPanel() {
  const { operating: texts, common, policies } = useMessages();
  const { data, error } = useJobs();
  const stop = useDeed(jobDeeds.stopRun, jobsQuery.queryKey);
  const runs = data?.runs ?? [];
  return (
    <Stack>
      <ProblemText error={error} />
      <Section title={texts.queues}>
        <DataTable
          label={texts.queues}
          columns={[texts.work, texts.waiting, texts.failed, texts.next]}
        >
          {(data?.queues ?? []).map(({ name, waiting, failed, nextAt }) => (
            <Table.Tr key={name}>
              <Table.Td>{texts.names[name]}</Table.Td>
              <Table.Td>{waiting}</Table.Td>
              <Table.Td>{failed}</Table.Td>
              <Table.Td>{nextAt === null ? "–" : <TimeAgo at={nextAt} />}</Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      </Section>
      <FailedScans />
      <BuildsUnderWay builds={data?.builds} />
      <Section title={texts.runs}>
        <ProblemText error={stop.error} />
        {data !== undefined && runs.length === 0 ? <Text>{texts.noRuns}</Text> : null}
        {runs.length === 0 ? null : (
          <DataTable
            label={texts.runs}
            columns={[
              ...[texts.place, common.state, policies.startedBy, policies.examined],
              ...[policies.removed, common.actions],
            ]}
          >
            {runs.map(({ id, scope, state, startedBy, startedAt, examined, removed }) => (
              <Table.Tr key={id}>
                <Table.Td className="name">{scope}</Table.Td>
                <Table.Td>{policies.states[state]}</Table.Td>
                <Table.Td className="name">
                  {startedBy} <TimeAgo at={startedAt} />
                </Table.Td>
                <Table.Td>{examined}</Table.Td>
                <Table.Td>{removed}</Table.Td>
                <Table.Td>
                  <Button
                    size="xs"
                    variant="default"
                    aria-label={texts.stopOne(String(id))}
                    loading={stop.isPending && stop.variables === id}
                    onClick={() => stop.mutate(id)}
                  >
                    {texts.stop}
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </DataTable>
        )}
      </Section>
    </Stack>
  );
}
