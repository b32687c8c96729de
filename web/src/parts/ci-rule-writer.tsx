import { Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ciRuleDeedsOf } from "../api/ci-rules.ts";
import { useDeed } from "../api/use-deed.ts";
import { useMessages } from "../messages/use-messages.ts";
import {
  CI_MINUTES,
  CI_SERVICES,
  type CiRuleDraft,
  type CiService,
  faultsOf,
  jobFieldsOf,
  jobLinesOf,
  linesOf,
  ruleOf,
} from "./ci-rule-lines.ts";
import { CommandLine } from "./command-line.tsx";
import { DeedProblem } from "./deed-problem.tsx";
import { Section } from "./section.tsx";

/** Names of products, in every language. */
const NAMES = { github: "GitHub Actions", gitlab: "GitLab" } as const;
const EXAMPLES = {
  ...{ name: "deploy", project: "acme/api", branch: "main", account: "ci" },
  ...{ issuer: "https://ci.example.com", subject: "org/1/project/2/*", repositories: "acme/**" },
} as const;

/** Adds a rule that lets jobs in, to the hub or to an organization; and writes what the jobs say, and the settings would. */
export function CiRuleWriter({ organization }: { readonly organization: string | undefined }) {
  const { ci: texts } = useMessages();
  const [draft, setDraft] = useState<CiRuleDraft>({
    ...{ service: "github", name: "", issuer: "", subject: "", project: "", branch: "main" },
    ...{ account: "", push: true, minutes: "30" },
    repositories: organization === undefined ? "" : `${organization}/**`,
  });
  const addition = useDeed(ciRuleDeedsOf(organization).add, ["ci-rules"]);
  const rule = ruleOf(draft, organization === undefined ? "hub" : "organization");
  const change = (wish: Partial<CiRuleDraft>) => setDraft((before) => ({ ...before, ...wish }));
  const add = () => {
    if (rule === undefined) return;
    addition.mutate(rule, { onSuccess: () => change({ name: "" }) });
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    add();
  };
  return (
    <Section title={texts.write}>
      <Stack>
        <Text>{organization === undefined ? texts.explainHub : texts.explainOwn}</Text>
        <form aria-label={texts.write} onSubmit={send}>
          <Stack>
            <RuleFields draft={draft} change={change} isOfHub={organization === undefined} />
            <Group>
              <Button type="submit" disabled={rule === undefined} loading={addition.isPending}>
                {texts.add}
              </Button>
            </Group>
          </Stack>
        </form>
        <DeedProblem deed={addition} again={add} />
        <WrittenLines draft={draft} organization={organization} />
      </Stack>
    </Section>
  );
}

interface FieldsProps {
  readonly draft: CiRuleDraft;
  readonly change: (wish: Partial<CiRuleDraft>) => void;
  readonly isOfHub: boolean;
}

function RuleFields({ draft, change, isOfHub }: FieldsProps) {
  const { ci: texts } = useMessages();
  const faults = faultsOf(draft);
  const wrong = {
    ...{ name: texts.nameWrong, issuer: texts.issuerWrong, subject: texts.subjectWrong },
    ...{ project: texts.projectWrong, branch: texts.branchWrong },
    ...{ account: texts.accountWrong, repositories: texts.repositoriesWrong },
  };
  const fields = [
    ...(["name", ...jobFieldsOf(draft.service)] as const),
    ...(isOfHub ? (["account"] as const) : []),
    "repositories" as const,
  ];
  const labels = { ...texts, issuer: texts.issuerAddress, name: texts.name };
  return (
    <>
      <Group align="start">
        <NativeSelect
          label={texts.service}
          data={CI_SERVICES.map((value) => ({
            value,
            label: value === "other" ? texts.other : NAMES[value],
          }))}
          value={draft.service}
          onChange={({ currentTarget }) => change({ service: currentTarget.value as CiService })}
        />
        {fields.map((field) => (
          <TextInput
            key={field}
            label={labels[field]}
            placeholder={EXAMPLES[field]}
            value={draft[field]}
            error={faults.has(field) ? wrong[field] : null}
            onChange={({ currentTarget }) => change({ [field]: currentTarget.value })}
          />
        ))}
        <NativeSelect
          label={texts.lasts}
          data={CI_MINUTES.map((value) => ({ value, label: texts.minutes(value) }))}
          value={draft.minutes}
          onChange={({ currentTarget }) => change({ minutes: currentTarget.value })}
        />
      </Group>
      <Checkbox
        label={texts.push}
        checked={draft.push}
        onChange={({ currentTarget }) => change({ push: currentTarget.checked })}
      />
    </>
  );
}

function WrittenLines(props: {
  readonly draft: CiRuleDraft;
  readonly organization: string | undefined;
}) {
  const { draft, organization } = props;
  const { ci: texts } = useMessages();
  const lines = organization === undefined ? linesOf(draft) : undefined;
  return (
    <>
      <Text>{texts.job}</Text>
      <CommandLine
        text={jobLinesOf(draft.service, window.location.origin, organization)}
        label={texts.job}
      />
      {lines === undefined ? null : (
        <>
          <Text>{texts.lines}</Text>
          <CommandLine text={lines} label={texts.lines} />
        </>
      )}
    </>
  );
}
