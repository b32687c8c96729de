import { Text } from "@mantine/core";
import { useMessages } from "../../messages/use-messages.ts";
import { ImageLink } from "../../parts/image-link.tsx";
import { shortDigest } from "../../parts/short-digest.ts";

/** By its repository and what it is called there. */
export function HolderImage(props: {
  readonly holder: {
    readonly repository: string;
    readonly digest: string;
    readonly tags: readonly string[];
  };
}) {
  const { repository, digest, tags } = props.holder;
  const { policies } = useMessages();
  return (
    <>
      <ImageLink {...{ repository, reference: digest }} className="name">
        {repository}@{shortDigest(digest)}
      </ImageLink>
      <Text size="xs" className="name">
        {tags.length === 0 ? policies.untagged : tags.join(", ")}
      </Text>
    </>
  );
}
