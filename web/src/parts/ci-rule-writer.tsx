import { Checkbox, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useMessages } from "../messages/use-messages.ts";
import {
  CI_SERVICES,
  type CiRuleDraft,
  type CiService,
  faultsOf,
  jobLinesOf,
  linesOf,
} from "./ci-rule-lines.ts";
import { CommandLine } from "./command-line.tsx";
import { Section } from "./section.tsx";

/** Names of products, in every language. */
const NAMES: Readonly<Record<CiService, string>> = { github: "GitHub Actions", gitlab: "GitLab" };
const EXAMPLES = {
  project: "acme/api",
  branch: "main",
  account: "ci",
  repositories: "acme/**",
} as const;
const FIELDS = ["project", "branch", "account", "repositories"] as const;

/** Writes the lines that let a job in, which whoever runs the hub puts into its settings. */
export function CiRuleWriter({ organization }: { readonly organization: string | undefined }) {
  const { ci: texts } = useMessages();
  const [draft, setDraft] = useState<CiRuleDraft>({
    ...{ service: "github", project: "", branch: "main", account: "", push: true },
    repositories: organization === undefined ? "" : `${organization}/**`,
  });
  const change = (wish: Partial<CiRuleDraft>) => setDraft({ ...draft, ...wish });
  const faults = faultsOf(draft);
  const wrong = {
    ...{ project: texts.projectWrong, branch: texts.branchWrong },
    ...{ account: texts.accountWrong, repositories: texts.repositoriesWrong },
  };
  return (
    <Section title={texts.write}>
      <Stack>
        <Text>{texts.writeExplain}</Text>
        <Group align="start">
          <NativeSelect
            label={texts.service}
            data={CI_SERVICES.map((value) => ({ value, label: NAMES[value] }))}
            value={draft.service}
            onChange={({ currentTarget }) => change({ service: currentTarget.value as CiService })}
          />
          {FIELDS.map((field) => (
            <TextInput
              key={field}
              label={texts[field]}
              placeholder={EXAMPLES[field]}
              value={draft[field]}
              error={faults.has(field) ? wrong[field] : null}
              onChange={({ currentTarget }) => change({ [field]: currentTarget.value })}
            />
          ))}
        </Group>
        <Checkbox
          label={texts.push}
          checked={draft.push}
          onChange={({ currentTarget }) => change({ push: currentTarget.checked })}
        />
        <WrittenLines draft={draft} />
      </Stack>
    </Section>
  );
}

function WrittenLines({ draft }: { readonly draft: CiRuleDraft }) {
  const { ci: texts } = useMessages();
  const lines = linesOf(draft);
  if (lines === undefined) return null;
  return (
    <>
      <Text>{texts.lines}</Text>
      <CommandLine text={lines} label={texts.lines} />
      <Text>{texts.job}</Text>
      <CommandLine text={jobLinesOf(draft.service, window.location.origin)} label={texts.job} />
    </>
  );
}
