import { Button, Code, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type BuildRule, buildRulesQuery } from "../../api/builds.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { RulesEditor } from "./rules-editor.tsx";

/** Which pushes become which tags. */
export function RulesSection(props: { readonly repository: string; readonly mayChange: boolean }) {
  const { repository, mayChange } = props;
  const { builds: texts, tagRules } = useMessages();
  const [isEditing, setEditing] = useState(false);
  const { data, error } = useQuery(buildRulesQuery(repository));
  return (
    <Section title={texts.rules}>
      <Text mb="xs">{texts.rulesExplain}</Text>
      <ProblemText error={error} />
      {data?.rules.length === 0 && !isEditing ? <Text mb="xs">{texts.noRules}</Text> : null}
      {isEditing || data === undefined ? null : (
        <Stack gap={4}>
          {data.rules.map((rule) => (
            <Code key={describe(rule)} block className="command">
              {describe(rule)}
            </Code>
          ))}
        </Stack>
      )}
      {isEditing && data !== undefined ? (
        <RulesEditor {...{ repository, rules: data.rules }} onDone={() => setEditing(false)} />
      ) : null}
      {mayChange && !isEditing && data !== undefined ? (
        <Button size="xs" variant="default" mt="xs" onClick={() => setEditing(true)}>
          {tagRules.edit}
        </Button>
      ) : null}
    </Section>
  );
}

/** As the command takes it. */
function describe({ sourceType, source, dockerTag, context, dockerfile }: BuildRule): string {
  const place = [context, dockerfile].filter(Boolean).join(" ");
  return `${sourceType}:${source}=${dockerTag}${place === "" ? "" : ` (${place})`}`;
}
