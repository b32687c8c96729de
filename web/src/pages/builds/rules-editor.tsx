import { Button, Group, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { BUILDS_KEY, type BuildRule, buildDeeds } from "../../api/builds.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { RuleFields } from "./rule-fields.tsx";

const NEW: BuildRule = { sourceType: "branch", source: "main", dockerTag: "latest" };

/** All rules at once: they are saved together, or none is. */
export function RulesEditor(props: {
  readonly repository: string;
  readonly rules: readonly BuildRule[];
  readonly onDone: () => void;
}) {
  const { repository, onDone } = props;
  const { builds: texts, common } = useMessages();
  // Rules have no names: each gets a number that stays its own while others go.
  const [drafts, setDrafts] = useState(() =>
    props.rules.map((rule, key) => ({ key, rule: { ...rule } })),
  );
  const saving = useDeed(buildDeeds.setRules, BUILDS_KEY);
  const save = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate({ repository, rules: drafts.map(({ rule }) => rule) }, { onSuccess: onDone });
  };
  return (
    <form onSubmit={save} aria-label={texts.rules}>
      <Stack>
        {drafts.map(({ key, rule }, index) => (
          <RuleFields
            key={key}
            number={index + 1}
            rule={rule}
            onEdit={(part) =>
              setDrafts((now) =>
                now.map((one) => (one.key === key ? { key, rule: { ...one.rule, ...part } } : one)),
              )
            }
            onRemove={() => setDrafts((now) => now.filter((one) => one.key !== key))}
          />
        ))}
        <ProblemText error={saving.error} />
        <Group>
          <Button
            variant="default"
            onClick={() =>
              setDrafts((now) => [...now, { key: (now.at(-1)?.key ?? -1) + 1, rule: NEW }])
            }
          >
            {texts.addRule}
          </Button>
          <Button type="submit" loading={saving.isPending}>
            {texts.saveRules}
          </Button>
          <Button variant="subtle" onClick={onDone}>
            {common.cancel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
