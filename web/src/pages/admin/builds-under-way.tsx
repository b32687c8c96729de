import { Anchor, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { buildDeeds } from "../../api/builds.ts";
import { useHub } from "../../api/hub.ts";
import { type Jobs, jobsQuery } from "../../api/operating.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { BuildState } from "../../parts/build-state.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

/** Of all repositories; auditors look on. */
export function BuildsUnderWay({ builds = [] }: { readonly builds: Jobs["builds"] | undefined }) {
  const { operating: texts, common } = useMessages();
  const mayStop = useHub().account?.role === "administrator";
  const stop = useDeed(buildDeeds.cancel, jobsQuery.queryKey);
  return (
    <Section title={texts.builds}>
      <ProblemText error={stop.error} />
      {builds.length === 0 ? <Text>{texts.noBuilds}</Text> : null}
      {builds.length === 0 ? null : (
        <DataTable
          label={texts.builds}
          columns={[texts.build, texts.place, common.state, common.when, common.actions]}
        >
          {builds.map(({ id, repository, ref, state, createdAt, startedAt }) => (
            <Table.Tr key={id}>
              <Table.Td>
                <Anchor
                  renderRoot={(props) => (
                    <Link to="/build/$id" params={{ id: String(id) }} {...props} />
                  )}
                >
                  {id}
                </Anchor>
              </Table.Td>
              <Table.Td className="name">
                {repository} {ref}
              </Table.Td>
              <Table.Td>
                <BuildState state={state} />
              </Table.Td>
              <Table.Td>
                <TimeAgo at={startedAt ?? createdAt} />
              </Table.Td>
              <Table.Td>
                {mayStop ? (
                  <ConfirmButton
                    text={texts.stop}
                    label={texts.stopBuild(String(id))}
                    explain={texts.stopBuildExplain}
                    loading={stop.isPending && stop.variables === id}
                    onConfirm={() => stop.mutate(id)}
                  />
                ) : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
    </Section>
  );
}
