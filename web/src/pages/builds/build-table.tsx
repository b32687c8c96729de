import { Anchor, Button, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BUILDS_KEY, type Build, buildDeeds, buildsQuery, isOver } from "../../api/builds.ts";
import { useRepositoryRights } from "../../api/repositories.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { BuildState } from "../../parts/build-state.tsx";
import { CommandLine } from "../../parts/command-line.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { OutdatedList } from "../../parts/outdated-list.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { ShowMore } from "../../parts/show-more.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

export function BuildTable({ repository }: { readonly repository: string }) {
  const { builds: texts, common } = useMessages();
  const found = useInfiniteQuery({ ...buildsQuery(repository), throwOnError: true });
  const cancel = useDeed(buildDeeds.cancel, BUILDS_KEY);
  const mayCancel = useRepositoryRights(repository).includes("push");
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Section title={texts.table}>
      <ProblemText error={cancel.error} />
      <OutdatedList queryKey={buildsQuery(repository).queryKey} texts={texts} />
      {found.isSuccess && items.length === 0 ? (
        <>
          <Text mb="xs">{texts.none}</Text>
          <CommandLine text={`git push ${window.location.origin}/git/${repository}.git main`} />
        </>
      ) : null}
      {items.length === 0 ? null : (
        <DataTable
          label={texts.table}
          columns={[
            ...[texts.build, common.state, texts.ref, texts.tags, texts.by, texts.started],
            common.actions,
          ]}
        >
          {items.map((build) => (
            <BuildRow
              key={build.id}
              build={build}
              isCancelling={cancel.isPending && cancel.variables === build.id}
              {...(mayCancel && !isOver(build) && { onCancel: () => cancel.mutate(build.id) })}
            />
          ))}
        </DataTable>
      )}
      <ShowMore pages={found} />
    </Section>
  );
}

function BuildRow(props: {
  readonly build: Build;
  readonly isCancelling: boolean;
  readonly onCancel?: () => void;
}) {
  const { build, isCancelling, onCancel } = props;
  const { builds: texts } = useMessages();
  const id = String(build.id);
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor renderRoot={(rest) => <Link to="/build/$id" params={{ id }} {...rest} />}>
          {texts.one(id)}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <BuildState state={build.state} />
      </Table.Td>
      <Table.Td className="name">{build.ref.replace(/^refs\/(heads|tags)\//, "")}</Table.Td>
      <Table.Td className="name">{build.tags.join(", ")}</Table.Td>
      <Table.Td className="name">{build.startedBy}</Table.Td>
      <Table.Td>
        <TimeAgo at={build.startedAt ?? build.createdAt} />
      </Table.Td>
      <Table.Td>
        {onCancel === undefined ? null : (
          <Button
            size="xs"
            variant="default"
            aria-label={texts.cancelOne(id)}
            loading={isCancelling}
            onClick={onCancel}
          >
            {texts.cancel}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
