import { Anchor, Title, type TitleOrder, Typography } from "@mantine/core";
import type { ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";

/** Under the page's own title. */
const LOWER = 2;
const LOWEST = 6;

function heading(level: number) {
  const order = Math.min(level + LOWER, LOWEST) as TitleOrder;
  return ({ children }: { children?: ReactNode }) => (
    <Title order={order} size={`h${Math.min(level + 1, LOWEST)}`}>
      {children}
    </Title>
  );
}

/** Written by anybody: links lead out without a word about this page, pictures become links, and HTML is shown as text. */
const COMPONENTS: Components = {
  h1: heading(1),
  h2: heading(2),
  h3: heading(3),
  h4: heading(4),
  h5: heading(5),
  h6: heading(6),
  a: ({ href, children }) => (
    <Anchor href={href} rel="noopener noreferrer nofollow ugc">
      {children}
    </Anchor>
  ),
  img: ({ src, alt }) => (
    <Anchor href={typeof src === "string" ? src : undefined} rel="noopener noreferrer nofollow ugc">
      {alt || String(src ?? "")}
    </Anchor>
  ),
};

export function Markdown({ text }: { readonly text: string }) {
  return (
    <Typography className="name">
      <ReactMarkdown remarkPlugins={[remarkGfm]} components={COMPONENTS}>
        {text}
      </ReactMarkdown>
    </Typography>
  );
}
