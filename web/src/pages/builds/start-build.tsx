import { TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { BUILDS_KEY, buildDeeds } from "../../api/builds.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";

/** Builds what the rules say of a branch or a tag, as if it had been pushed now. */
export function StartBuild({ repository }: { readonly repository: string }) {
  const { builds: texts } = useMessages();
  const navigate = useNavigate();
  const start = useDeed(buildDeeds.start, BUILDS_KEY);
  return (
    <Section title={texts.start}>
      <SmallForm
        label={texts.start}
        submit={texts.start}
        deed={start}
        onSubmit={(typed) =>
          start.mutate(
            { repository, ref: typed("ref").trim() },
            {
              onSuccess: ({ items: [first] }) => {
                if (first !== undefined)
                  void navigate({ to: "/build/$id", params: { id: String(first.id) } });
              },
            },
          )
        }
      >
        <TextInput
          name="ref"
          label={texts.startRef}
          defaultValue="refs/heads/main"
          pattern="refs/(heads|tags)/.+"
          w={320}
          required
        />
      </SmallForm>
    </Section>
  );
}
