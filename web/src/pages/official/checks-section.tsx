import { Badge, Group, List, Switch, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useHub } from "../../api/hub.ts";
import { type Check, OFFICIAL_KEY, officialDeeds, type Submission } from "../../api/official.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { useCount } from "../../parts/use-count.ts";

const COLORS = { passed: "teal.9", failed: "red.9", "not run": "gray.8" } as const;
const LONGEST_ANSWER = 2000;

/** The checks, those that did not pass first of all: what could not be run here says so. */
export function ChecksSection({ submission }: { readonly submission: Submission }) {
  const { official: texts } = useMessages();
  const count = useCount();
  const [showsAll, setShowsAll] = useState(false);
  const { checks } = submission;
  const countOf = (state: Check["state"]) =>
    count(checks.filter((check) => check.state === state).length);
  const shown = checks.filter(({ state }) => showsAll || state !== "passed");
  if (checks.length === 0)
    return (
      <Section title={texts.checks}>
        <Text>{texts.noChecks}</Text>
      </Section>
    );
  return (
    <Section title={texts.checks}>
      <Group mb="sm" justify="space-between">
        <Text>{texts.counted(countOf("passed"), countOf("failed"), countOf("not run"))}</Text>
        <Switch
          label={texts.showPassed}
          checked={showsAll}
          onChange={({ currentTarget }) => setShowsAll(currentTarget.checked)}
        />
      </Group>
      {shown.length === 0 ? null : (
        <DataTable label={texts.checks} columns={[texts.number, texts.check, texts.result]}>
          {shown.map((check) => (
            <CheckRow key={check.number} check={check} submission={submission} />
          ))}
        </DataTable>
      )}
    </Section>
  );
}

function CheckRow({
  check,
  submission,
}: {
  readonly check: Check;
  readonly submission: Submission;
}) {
  const { official: texts } = useMessages();
  const { account } = useHub();
  const { number, title, state, severity, why, fix, details } = check;
  const notes = submission.notes.filter((note) => note.check === number);
  const isAsked = submission.unanswered.includes(number) && account?.name !== submission.author;
  return (
    <Table.Tr>
      <Table.Td>{number}</Table.Td>
      <Table.Td className="name">
        <Text fw={500}>{title}</Text>
        {state === "passed" ? null : (
          <>
            <Text size="sm">{why}</Text>
            <List size="sm">
              {details.map((detail) => (
                <List.Item key={detail}>{detail}</List.Item>
              ))}
            </List>
          </>
        )}
        {state === "failed" ? <Text size="sm">{fix}</Text> : null}
        {notes.map(({ by, text, counts }) => (
          <Text key={`${by} ${text}`} size="sm" fs="italic">
            {texts.answered(by, text)} {counts ? "" : `(${texts.outdated})`}
          </Text>
        ))}
        {isAsked ? <AnswerForm id={submission.id} number={number} /> : null}
      </Table.Td>
      <Table.Td>
        <Badge color={COLORS[state]}>{texts.checkStates[state]}</Badge>{" "}
        {state === "passed" ? null : <Badge variant="default">{texts.severities[severity]}</Badge>}
      </Table.Td>
    </Table.Tr>
  );
}

function AnswerForm({ id, number }: { readonly id: number; readonly number: number }) {
  const { official: texts } = useMessages();
  const answer = useDeed(officialDeeds.answer, OFFICIAL_KEY);
  return (
    <SmallForm
      label={texts.answerOne(String(number))}
      submit={texts.answer}
      deed={answer}
      onSubmit={(typed, onSuccess) =>
        answer.mutate({ id, check: number, text: typed("text").trim() }, { onSuccess })
      }
    >
      <TextInput name="text" label={texts.answerHint} maxLength={LONGEST_ANSWER} required />
    </SmallForm>
  );
}
