import { ActionIcon, Anchor, Badge, Group, Text, Title } from "@mantine/core";
import { IconStar, IconStarFilled } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useHub } from "../../api/hub.ts";
import { type RepositoryView, useStar } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { shortName } from "../../parts/repository-path.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";
import { useCount } from "../../parts/use-count.ts";

function StarButton({ repository: { name, isStarred } }: { readonly repository: RepositoryView }) {
  const { explore } = useMessages();
  const star = useStar(name);
  return (
    <ActionIcon
      variant="subtle"
      aria-label={explore.star}
      aria-pressed={isStarred}
      loading={star.isPending}
      onClick={() => star.mutate(!isStarred)}
    >
      {isStarred ? <IconStarFilled size={18} /> : <IconStar size={18} />}
    </ActionIcon>
  );
}

/** How the hub stands to an image of its programme; what it does not maintain any more says why. */
function Standing({ repository: { official } }: { readonly repository: RepositoryView }) {
  const { explore } = useMessages();
  if (official === undefined) return null;
  if (official.status === "maintained") return <Badge variant="light">{explore.official}</Badge>;
  return <Badge color="orange.9">{explore[official.status]}</Badge>;
}

export function RepositoryHead({ repository }: { readonly repository: RepositoryView }) {
  const { repository: texts, explore, settings, discovery, builds, contentTrust } = useMessages();
  const { mode, account } = useHub();
  const size = useByteSize();
  const count = useCount();
  const { official } = repository;
  const facts: readonly [string, ReactNode][] = [
    [texts.tags, count(repository.tags)],
    [texts.size, size(repository.bytes)],
    [texts.pulls, count(repository.pulls)],
    [texts.stars, count(repository.stars)],
    [texts.lastPush, <TimeAgo key="push" at={repository.lastPushedAt} />],
    [texts.lastPull, <TimeAgo key="pull" at={repository.lastPulledAt} />],
  ];
  return (
    <div>
      <Group gap="sm">
        <Title order={1} className="name">
          {shortName(repository.name)}
        </Title>
        <Standing repository={repository} />
        <Badge variant="default">
          {repository.visibility === "private" ? explore.private : texts.public}
        </Badge>
        {account === undefined ? null : <StarButton repository={repository} />}
        {repository.isVerified ? <Badge color="violet.9">{discovery.verified}</Badge> : null}
        {repository.isSigned ? <Badge color="teal.9">{discovery.signed}</Badge> : null}
        <Anchor
          renderRoot={(props) => (
            <Link to="/activity/$" params={{ _splat: repository.name }} {...props} />
          )}
        >
          {discovery.activity}
        </Anchor>
        <Anchor
          renderRoot={(props) => (
            <Link to="/trust/$" params={{ _splat: repository.name }} {...props} />
          )}
        >
          {contentTrust.link}
        </Anchor>
        {mode === "accounts" && account !== undefined ? (
          <Anchor
            renderRoot={(props) => (
              <Link to="/builds/$" params={{ _splat: repository.name }} {...props} />
            )}
          >
            {builds.link}
          </Anchor>
        ) : null}
        {mode === "accounts" && repository.may.includes("admin") ? (
          <Anchor
            renderRoot={(props) => (
              <Link to="/settings/$" params={{ _splat: repository.name }} {...props} />
            )}
          >
            {settings.link}
          </Anchor>
        ) : null}
      </Group>
      {repository.description === "" ? null : (
        <Text mt={4} className="name">
          {repository.description}
        </Text>
      )}
      {official === undefined || official.reason === "" ? null : (
        <Text mt={4} fw={500}>
          {official.reason}
        </Text>
      )}
      <Group gap={6} mt={4}>
        {repository.categories.map((one) => (
          <Anchor
            key={one}
            size="sm"
            renderRoot={(props) => <Link to="/" search={{ category: one }} {...props} />}
          >
            {discovery.categories[one]}
          </Anchor>
        ))}
      </Group>
      <Group component="dl" gap="lg" my="sm">
        {facts.map(([name, value]) => (
          <div key={name}>
            <Text component="dt" size="xs" c="dimmed">
              {name}
            </Text>
            <Text component="dd" m={0} fw={500}>
              {value}
            </Text>
          </div>
        ))}
      </Group>
    </div>
  );
}
