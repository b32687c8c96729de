import { List, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { buildDeeds } from "../../api/builds.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";

/** What the rules that are kept would make of a branch or a tag. */
export function RulePreview({ repository }: { readonly repository: string }) {
  const { builds: texts } = useMessages();
  const preview = useMutation({ mutationFn: buildDeeds.preview });
  return (
    <Section title={texts.preview}>
      <Stack gap="sm">
        <Text>{texts.previewExplain}</Text>
        <SmallForm
          label={texts.preview}
          submit={texts.previewSubmit}
          deed={preview}
          onSubmit={(typed) => preview.mutate({ repository, ref: typed("ref").trim() })}
        >
          <TextInput
            name="ref"
            label={texts.startRef}
            defaultValue="refs/tags/v1.2.3"
            pattern="refs/(heads|tags)/.+"
            w={320}
            required
          />
        </SmallForm>
        <List role="status" className="name">
          {(preview.data?.rules ?? []).map(({ rule, builds, why = "", tags }) => (
            <List.Item key={rule}>
              {builds
                ? texts.ruleBuilds(
                    String(rule),
                    tags
                      .map(({ tag, template, why: reason }) => tag ?? `${template} (${reason})`)
                      .join(", "),
                  )
                : texts.ruleSkips(String(rule), why)}
            </List.Item>
          ))}
        </List>
      </Stack>
    </Section>
  );
}
