import { Anchor, type AnchorProps } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

/** To the page of an image, by a tag or a digest. */
export function ImageLink(
  props: AnchorProps & {
    readonly repository: string;
    readonly reference: string;
    readonly children: ReactNode;
  },
) {
  const { repository, reference, children, ...style } = props;
  return (
    <Anchor
      {...style}
      renderRoot={(rest) => (
        <Link to="/image/$" params={{ _splat: repository }} search={{ reference }} {...rest} />
      )}
    >
      {children}
    </Anchor>
  );
}
