import { Paper, Text, Title } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { RepositoryView } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Loading } from "../../shell/loading.tsx";

const Markdown = lazy(async () => ({
  default: (await import("../../parts/markdown.tsx")).Markdown,
}));

/** What the repository's owners say about it. */
export function Readme({ repository }: { readonly repository: RepositoryView }) {
  const { repository: texts } = useMessages();
  const { fullDescription } = repository;
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        {texts.readme}
      </Title>
      {fullDescription === "" ? (
        <Text>{texts.noReadme}</Text>
      ) : (
        <Suspense fallback={<Loading />}>
          <Markdown text={fullDescription} />
        </Suspense>
      )}
    </Paper>
  );
}
