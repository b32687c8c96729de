import { Anchor, Box, Button, Container, Text, Timeline } from "@mantine/core";
import { useInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { type Activity, activityQuery } from "../../api/discovery.ts";
import { repositoryQuery } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { shortName } from "../../parts/repository-path.ts";
import { shortDigest } from "../../parts/short-digest.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { TitleBelow } from "../../parts/title-below.tsx";
import { UsageCharts } from "../../parts/usage-charts.tsx";
import { Loading } from "../../shell/loading.tsx";

/** What happened to the tags of a repository, the latest first. */
export function ActivityPage() {
  const { discovery: texts, explore, common } = useMessages();
  const { _splat: name = "" } = useParams({ strict: false });
  useSuspenseQuery(repositoryQuery(name));
  const found = useInfiniteQuery({ ...activityQuery(name), throwOnError: true });
  const moves = found.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Container size="md" px={0}>
      <TitleBelow repository={name} title={texts.activityOf(shortName(name))} />
      <Box mb="lg">
        <UsageCharts place={`repositories/${name}`} />
      </Box>
      {found.isPending ? <Loading /> : null}
      {found.isSuccess && moves.length === 0 ? <Text>{common.none}</Text> : null}
      <Timeline bulletSize={16}>
        {moves.map((move) => (
          <Timeline.Item key={move.id} title={<MoveTitle {...{ name, move }} />}>
            <MoveDetail move={move} />
          </Timeline.Item>
        ))}
      </Timeline>
      {found.hasNextPage ? (
        <Button
          mt="md"
          variant="default"
          loading={found.isFetchingNextPage}
          onClick={() => found.fetchNextPage()}
        >
          {explore.more}
        </Button>
      ) : null}
    </Container>
  );
}

function MoveTitle({ name, move }: { readonly name: string; readonly move: Activity }) {
  const { discovery: texts } = useMessages();
  return (
    <Anchor
      className="name"
      renderRoot={(props) => (
        <Link to="/history/$" params={{ _splat: name }} search={{ tag: move.tag }} {...props} />
      )}
    >
      {texts.moved(move.tag)}
    </Anchor>
  );
}

function MoveDetail({ move }: { readonly move: Activity }) {
  const { history: texts } = useMessages();
  return (
    <>
      <Text size="sm" component="div">
        {texts.causes[move.cause]}
        {move.to === undefined ? null : (
          <>
            {": "}
            <span className="digest">{shortDigest(move.to)}</span>
          </>
        )}
      </Text>
      <Text size="xs" c="dimmed" component="div" className="name">
        {texts.by(move.by)} · <TimeAgo at={move.at} />
      </Text>
    </>
  );
}
