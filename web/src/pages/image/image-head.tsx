import { Anchor, Badge, Group, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ImageView } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ImageLink } from "../../parts/image-link.tsx";
import { repositoryPath, shortName } from "../../parts/repository-path.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";

/** Of an image the type of its artifact is that of its configuration, which tells nobody anything. */
function kindOf({ image, artifactType, mediaType }: ImageView): string {
  return image === undefined ? (artifactType ?? mediaType) : mediaType;
}

/** What it is called, what else names it, and the platforms it runs on. */
export function ImageHead(props: { readonly view: ImageView; readonly reference: string }) {
  const { view, reference } = props;
  const { image: texts, compare } = useMessages();
  const size = useByteSize();
  const { repository } = view;
  const isTag = !reference.includes(":");
  const isIndex = view.platforms.some(({ digest }) => digest !== view.digest);
  return (
    <div>
      <Group gap="md">
        <Anchor component={Link} to={repositoryPath(repository)} className="name">
          {shortName(repository)}
        </Anchor>
        {isTag ? (
          <Anchor
            renderRoot={(rest) => (
              <Link
                to="/history/$"
                params={{ _splat: repository }}
                search={{ tag: reference }}
                {...rest}
              />
            )}
          >
            {texts.history}
          </Anchor>
        ) : null}
        <Anchor
          renderRoot={(rest) => (
            <Link
              to="/compare/$"
              params={{ _splat: repository }}
              search={{ from: reference }}
              {...rest}
            />
          )}
        >
          {compare.link}
        </Anchor>
      </Group>
      <Title order={1} className="name" size="h2">
        {isTag ? `${shortName(repository)}:${reference}` : shortName(repository)}
      </Title>
      <Text className="digest" size="sm">
        {view.digest}
      </Text>
      <Group gap="md" my="xs">
        <Text size="sm" component="div">
          {texts.pushed} <TimeAgo at={view.pushedAt} />
        </Text>
        <Text size="sm" component="div">
          {kindOf(view)}
        </Text>
        <Group gap={4}>
          {view.tags.map((tag) => (
            <Badge key={tag} variant="default" tt="none">
              {tag}
            </Badge>
          ))}
        </Group>
      </Group>
      <Group
        gap="md"
        aria-label={texts.platforms}
        component="ul"
        p={0}
        style={{ listStyle: "none" }}
      >
        {view.platforms.map(({ platform, digest, bytes }) => (
          <li key={digest}>
            {isIndex ? (
              <ImageLink {...{ repository, reference: digest }}>{platform}</ImageLink>
            ) : (
              platform
            )}{" "}
            ({size(bytes)})
          </li>
        ))}
      </Group>
    </div>
  );
}
