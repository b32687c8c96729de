import { Group, Paper, Text, Title } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useHub } from "../../api/hub.ts";
import type { RepositoryView } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Loading } from "../../shell/loading.tsx";
import { DescribeRepository } from "./describe-repository.tsx";

const Markdown = lazy(async () => ({
  default: (await import("../../parts/markdown.tsx")).Markdown,
}));

/** What the repository's owners say about it. */
export function Readme({ repository }: { readonly repository: RepositoryView }) {
  const { repository: texts } = useMessages();
  const { fullDescription, may } = repository;
  const { mode } = useHub();
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {texts.readme}
        </Title>
        {mode === "accounts" && may.includes("admin") ? (
          <DescribeRepository repository={repository} />
        ) : null}
      </Group>
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
