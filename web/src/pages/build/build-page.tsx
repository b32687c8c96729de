import { Anchor, Breadcrumbs, Button, Container, Group, Stack, Text, Title } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { BUILDS_KEY, type Build, buildDeeds, buildQuery, isOver } from "../../api/builds.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { BuildState } from "../../parts/build-state.tsx";
import { ImageLink } from "../../parts/image-link.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { shortName } from "../../parts/repository-path.ts";
import { shortDigest } from "../../parts/short-digest.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { BuildLog } from "./build-log.tsx";

const SECOND_MS = 1000;
const COMMIT_SHOWN = 12;

/** One build: what of, how far it is, and what it prints, as it prints it. */
export function BuildPage() {
  const { builds: texts } = useMessages();
  const { id } = useParams({ from: "/build/$id" });
  const { data: build } = useSuspenseQuery(buildQuery(id));
  const cancel = useDeed(buildDeeds.cancel, BUILDS_KEY);
  const title = texts.one(id);
  usePageTitle(title);
  return (
    <Container size="lg" px={0}>
      <Breadcrumbs>
        <Anchor
          className="name"
          renderRoot={(rest) => (
            <Link to="/builds/$" params={{ _splat: build.repository }} {...rest} />
          )}
        >
          {texts.title(shortName(build.repository))}
        </Anchor>
      </Breadcrumbs>
      <Group mb="md">
        <Title order={1} size="h2">
          {title}
        </Title>
        <BuildState state={build.state} />
        {isOver(build) ? null : (
          <Button
            size="xs"
            variant="default"
            aria-label={texts.cancelOne(id)}
            loading={cancel.isPending}
            onClick={() => cancel.mutate(build.id)}
          >
            {texts.cancel}
          </Button>
        )}
      </Group>
      <Stack>
        <ProblemText error={cancel.error} />
        {build.why === undefined ? null : <Text className="name">{build.why}</Text>}
        <BuildFacts build={build} />
        <BuildLog key={build.id} id={build.id} />
      </Stack>
    </Container>
  );
}

function BuildFacts({ build }: { readonly build: Build }) {
  const { builds: texts } = useMessages();
  const { repository, digest, exitCode } = build;
  const facts: readonly [string, ReactNode][] = [
    [texts.ref, build.ref],
    [texts.commit, build.commit.slice(0, COMMIT_SHOWN)],
    [texts.tags, build.tags.join(", ")],
    [texts.by, build.startedBy],
    [texts.started, <TimeAgo key="began" at={build.startedAt ?? build.createdAt} />],
    ...(exitCode === undefined ? [] : [[texts.exitCode, String(exitCode)] as const]),
    ...listTook(build).map((seconds) => [texts.took, texts.seconds(seconds)] as const),
    ...(digest === undefined
      ? []
      : [
          [
            texts.image,
            <ImageLink key="image" {...{ repository, reference: digest }} className="digest">
              {shortDigest(digest)}
            </ImageLink>,
          ] as const,
        ]),
  ].map(([name, value]) => [name, value] as [string, ReactNode]);
  return (
    <Group component="dl" gap="lg" my={0}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <Text component="dt" size="xs" c="dimmed">
            {name}
          </Text>
          <Text component="dd" m={0} fw={500} className="name">
            {value}
          </Text>
        </div>
      ))}
    </Group>
  );
}

/** In seconds; of those that have ended. */
function listTook({ startedAt, endedAt }: Build): string[] {
  if (startedAt === undefined || endedAt === undefined) return [];
  return [String(Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / SECOND_MS))];
}
