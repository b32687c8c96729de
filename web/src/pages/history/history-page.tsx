import { Button, Container, Text, Timeline } from "@mantine/core";
import { useInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { historyQuery, useRestore } from "../../api/history.ts";
import { repositoryQuery } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { shortDigest } from "../../parts/short-digest.ts";
import { TitleBelow } from "../../parts/title-below.tsx";
import { Loading } from "../../shell/loading.tsx";
import { MoveText } from "./move-text.tsx";

/** Everything that a tag has named, the latest first, and the way back to it. */
export function HistoryPage() {
  const { history: texts, explore } = useMessages();
  const { _splat: name = "" } = useParams({ strict: false });
  const { tag = "latest" } = useSearch({ from: "/history/$" });
  const { data: repository } = useSuspenseQuery(repositoryQuery(name));
  const found = useInfiniteQuery({ ...historyQuery(name, tag), throwOnError: true });
  const restore = useRestore(name);
  const moves = found.data?.pages.flatMap(({ items }) => items) ?? [];
  const current = moves[0]?.to;
  const mayRestore = repository.may.includes("push");
  return (
    <Container size="md" px={0}>
      <TitleBelow repository={name} title={texts.title(tag)} />
      <ProblemText error={restore.error} />
      {found.isPending ? <Loading /> : null}
      {found.isSuccess && moves.length === 0 ? <Text>{texts.none}</Text> : null}
      <Timeline active={0} bulletSize={16}>
        {moves.map((move) => (
          <Timeline.Item key={move.id} title={texts.causes[move.cause]}>
            <MoveText {...{ repository: name, move }} />
            {mayRestore && move.to !== undefined && move.to !== current && move.state !== "gone" ? (
              <ConfirmButton
                text={texts.restore}
                label={texts.restoreTo(tag, shortDigest(move.to))}
                explain={texts.restoreExplain}
                loading={restore.isPending && restore.variables.digest === move.to}
                onConfirm={() => restore.mutate({ tag, digest: move.to })}
              />
            ) : null}
          </Timeline.Item>
        ))}
      </Timeline>
      {found.hasNextPage ? (
        <Button mt="md" variant="default" onClick={() => found.fetchNextPage()}>
          {explore.more}
        </Button>
      ) : null}
    </Container>
  );
}
