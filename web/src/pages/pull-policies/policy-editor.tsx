import { Button, Group, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { POLICIES_KEY, type PullPolicy, policyDeeds } from "../../api/pull-policies.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { changeOf, draftOf, type PolicyDraft } from "./policy-draft.ts";
import { PolicyFields } from "./policy-fields.tsx";
import { PolicyTrialResult } from "./policy-trial-result.tsx";
import { RuleFields } from "./rule-fields.tsx";

/** Writes a policy, tries it on what was pulled, and saves it. */
export function PolicyEditor(props: {
  readonly scope: string;
  /** Undefined: a new one. */
  readonly policy: PullPolicy | undefined;
  /** What policies are called already: a new one does not take the place of an old one. */
  readonly taken: readonly string[];
  readonly onDone: () => void;
}) {
  const { scope, policy, taken, onDone } = props;
  const { pullPolicies: texts } = useMessages();
  const [draft, setDraft] = useState<PolicyDraft>(() => draftOf(policy));
  const trial = useMutation({ mutationFn: policyDeeds.simulate });
  const saving = useDeed(policyDeeds.save, POLICIES_KEY);
  const change = changeOf(draft);
  const name = draft.name.trim();
  const edit = (part: Partial<PolicyDraft>) => {
    setDraft({ ...draft, ...part });
    trial.reset();
  };
  const isTaken = policy === undefined && taken.includes(name);
  const isReady = change !== undefined && name !== "" && !isTaken;
  /** Who has gone on to write the next policy while this one was saved keeps it. */
  const finish = () => {
    setDraft((now) => (now === draft ? draftOf(undefined) : now));
    trial.reset();
    onDone();
  };
  return (
    <Section title={policy === undefined ? texts.newOne : texts.editing(policy.name)}>
      <Stack>
        <PolicyFields {...{ draft, isTaken }} isNew={policy === undefined} onEdit={edit} />
        <RuleFields draft={draft} onEdit={edit} isReadable={change !== undefined} />
        <Group>
          <Button
            disabled={!isReady}
            loading={trial.isPending}
            onClick={() => change && trial.mutate({ scope, name, ...change })}
          >
            {texts.simulate}
          </Button>
          <Button
            variant="default"
            disabled={!isReady}
            loading={saving.isPending}
            onClick={() =>
              change && saving.mutate({ scope, name, ...change }, { onSuccess: finish })
            }
          >
            {texts.save}
          </Button>
          {policy === undefined ? null : (
            <Button variant="subtle" onClick={onDone}>
              {texts.another}
            </Button>
          )}
        </Group>
        <ProblemText error={saving.error ?? trial.error} />
        {trial.data === undefined ? null : <PolicyTrialResult trial={trial.data} />}
      </Stack>
    </Section>
  );
}
