import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import {
  checkQuery,
  type RetentionHere,
  retentionDeeds,
  type Scope,
  type Simulation,
  simulate,
} from "../../api/retention.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { useCount } from "../../parts/use-count.ts";
import { PolicyFault } from "./policy-fault.tsx";
import { SimulationResult } from "./simulation-result.tsx";
import type { Suggestion } from "./suggest-words.ts";
import { Suggestions } from "./suggestions.tsx";

const PAUSE_MS = 300;
const ROWS = 6;

interface Draft {
  readonly policy: string;
  readonly inUse: string | null;
}

/** Says a policy: what is wrong with it stands at its place, and it is saved once its consequences were seen. */
export function RetentionEditor(props: { readonly scope: Scope; readonly here: RetentionHere }) {
  const { policies: texts } = useMessages();
  const { scope, here } = props;
  const own = here.own.find(({ scope: { pattern } }) => pattern === undefined);
  const [policy, setPolicy] = useState(own?.policy ?? "");
  const [inUse, setInUse] = useState(own?.inUse ?? "");
  const [caret, setCaret] = useState(policy.length);
  const field = useRef<HTMLTextAreaElement>(null);
  const choose = (chosen: Suggestion) => {
    flushSync(() => setPolicy(chosen.text));
    setCaret(chosen.caret);
    field.current?.focus();
    field.current?.setSelectionRange(chosen.caret, chosen.caret);
  };
  const [checked] = useDebouncedValue(policy, PAUSE_MS);
  const check = useQuery(checkQuery(checked));
  const isChecked = check.isSuccess && checked === policy && policy.trim() !== "";
  return (
    <Section title={texts.editor}>
      <Stack>
        <Textarea
          ref={field}
          label={texts.policy}
          placeholder={texts.policyHint}
          autosize
          minRows={ROWS}
          spellCheck={false}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          value={policy}
          onChange={({ currentTarget }) => setPolicy(currentTarget.value)}
          onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart)}
          error={check.isError}
        />
        <Suggestions text={policy} caret={caret} onChoose={choose} />
        {check.error === null ? null : (
          <PolicyFault error={check.error} policy={checked} field={field} />
        )}
        {isChecked ? <Text role="status">{texts.readings[check.data.reading]}</Text> : null}
        <TextInput
          label={texts.inUse}
          description={texts.inUseHint}
          value={inUse}
          onChange={({ currentTarget }) => setInUse(currentTarget.value)}
        />
        <Trial
          scope={scope}
          draft={{ policy, inUse: inUse.trim() === "" ? null : inUse.trim() }}
          isReadable={isChecked}
          isThere={own !== undefined}
        />
      </Stack>
    </Section>
  );
}

interface TrialProps {
  readonly scope: Scope;
  readonly draft: Draft;
  readonly isReadable: boolean;
  /** Whether this place says something already. */
  readonly isThere: boolean;
}

/** Trying it out, and saving what was tried out. */
function Trial({ scope, draft, isReadable, isThere }: TrialProps) {
  const { policies: texts } = useMessages();
  const countOf = useCount();
  const deeds = retentionDeeds(scope);
  const [looked, setLooked] = useState(0);
  const trial = useMutation({
    mutationFn: (wish: Draft) => simulate({ scope, ...wish, show: "removed" }, setLooked),
  });
  const saving = useDeed(deeds.save, ["retention"]);
  const removal = useDeed(deeds.remove, ["retention"]);
  const simulation = isSame(trial.variables, draft) ? trial.data : undefined;
  return (
    <Stack>
      <Group>
        <Button
          disabled={!isReadable}
          loading={trial.isPending}
          onClick={() => trial.mutate(draft)}
        >
          {texts.simulate}
        </Button>
        <Button
          variant="default"
          disabled={simulation === undefined}
          loading={saving.isPending}
          onClick={() => saving.mutate({ ...draft, ...savedBy(simulation) })}
        >
          {texts.save}
        </Button>
        {isThere ? (
          <ConfirmButton
            text={texts.removePolicy}
            label={texts.removePolicy}
            explain={texts.removeExplain}
            loading={removal.isPending}
            onConfirm={() => removal.mutate(undefined)}
          />
        ) : null}
      </Group>
      <Text size="sm">{trial.isPending ? texts.simulating(countOf(looked)) : texts.saveHint}</Text>
      <ProblemText error={trial.error ?? saving.error ?? removal.error} />
      {simulation === undefined ? null : <SimulationResult simulation={simulation} />}
    </Stack>
  );
}

function isSame(one: Draft | undefined, other: Draft): boolean {
  return one?.policy === other.policy && one.inUse === other.inUse;
}

function savedBy(simulation: Simulation | undefined): { readonly simulation?: string } {
  const id = simulation?.report.simulation;
  return id === undefined ? {} : { simulation: id };
}
