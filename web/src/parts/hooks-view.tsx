import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type HookPlace, hooksQuery } from "../api/hooks.ts";
import { useMessages } from "../messages/use-messages.ts";
import { HookSection } from "./hook-section.tsx";
import { NewHookForm } from "./new-hook-form.tsx";
import { ProblemText } from "./problem-text.tsx";

/** Webhooks of a repository, a namespace or the hub, and what became of their deliveries. */
export function HooksView({ place }: { readonly place: HookPlace }) {
  const { hooks: texts } = useMessages();
  const { data, error } = useQuery(hooksQuery(place));
  return (
    <Stack>
      <Text>{texts.explain}</Text>
      <ProblemText error={error} />
      {data?.items.length === 0 ? <Text>{texts.none}</Text> : null}
      {data?.items.map((hook) => (
        <HookSection key={hook.id} hook={hook} />
      ))}
      <NewHookForm place={place} />
    </Stack>
  );
}
