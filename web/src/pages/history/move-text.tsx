import { Text } from "@mantine/core";
import type { TagMove } from "../../api/history.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ImageLink } from "../../parts/image-link.tsx";
import { shortDigest } from "../../parts/short-digest.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";

/** Who moved the tag, when, and to what; and whether that can still be pulled. */
export function MoveText(props: { readonly repository: string; readonly move: TagMove }) {
  const { repository, move } = props;
  const { history: texts } = useMessages();
  const { to, by, token, at, state } = move;
  return (
    <>
      <Text size="sm" component="div">
        {to === undefined ? texts.deleted : null}
        {to !== undefined && state === "here" ? (
          <ImageLink {...{ repository, reference: to }} className="digest">
            {shortDigest(to)}
          </ImageLink>
        ) : null}
        {to !== undefined && state !== "here" ? (
          <span className="digest">
            {shortDigest(to)} ({texts.states[state]})
          </span>
        ) : null}
      </Text>
      <Text size="xs" c="dimmed" component="div">
        {texts.by(by)}
        {token === undefined ? "" : ` (${token})`} · <TimeAgo at={at} />
      </Text>
    </>
  );
}
