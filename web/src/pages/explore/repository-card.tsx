import { Anchor, Badge, Card, Group, Text } from "@mantine/core";
import { IconDownload, IconStar } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { RepositoryCard } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { repositoryPath, shortName } from "../../parts/repository-path.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { useCount } from "../../parts/use-count.ts";

interface CardProps {
  readonly card: RepositoryCard;
}

/** Drawn again only when something about it changed: others come and go with each letter of a search. */
export const RepositoryCardView = memo(function RepositoryCardView({ card }: CardProps) {
  const { explore, discovery } = useMessages();
  const count = useCount();
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" wrap="nowrap" align="start">
        <Anchor component={Link} to={repositoryPath(card.name)} fw={600} className="name">
          {shortName(card.name)}
        </Anchor>
        <Group gap={4}>
          {card.isOfficial ? <Badge variant="light">{explore.official}</Badge> : null}
          {card.isVerified ? <Badge color="violet.9">{discovery.verified}</Badge> : null}
          {card.isSigned ? <Badge color="teal.9">{discovery.signed}</Badge> : null}
          {card.visibility === "private" ? (
            <Badge variant="default">{explore.private}</Badge>
          ) : null}
        </Group>
      </Group>
      <Text size="sm" lineClamp={2} mt={4} className="name">
        {card.description}
      </Text>
      {card.categories.length + card.architectures.length === 0 ? null : (
        <Text size="xs" c="dimmed" mt={4} className="name">
          {[...card.categories.map((one) => discovery.categories[one]), ...card.architectures].join(
            " · ",
          )}
        </Text>
      )}
      <Group gap="md" mt="xs">
        <Group gap={4} title={explore.pulls(String(card.pulls))}>
          <IconDownload size={14} aria-hidden />
          <Text size="xs">{count(card.pulls)}</Text>
        </Group>
        <Group gap={4} title={explore.stars(String(card.stars))}>
          <IconStar size={14} aria-hidden />
          <Text size="xs">{count(card.stars)}</Text>
        </Group>
        <Text size="xs" component="div">
          <TimeAgo at={card.lastPushedAt} />
        </Text>
      </Group>
    </Card>
  );
});
