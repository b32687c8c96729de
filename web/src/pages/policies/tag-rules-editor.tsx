import { Button, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { retentionDeeds, type Scope, type TagRules } from "../../api/retention.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { changeOf, draftOf, findBadLine, RULE_KINDS, type TagRuleDraft } from "./tag-rule-draft.ts";
import { TagRuleFields } from "./tag-rule-fields.tsx";

/** Says what tags may be called, which stay, who moves them and what follows them. */
export function TagRulesEditor(props: {
  readonly scope: Scope;
  readonly rules: TagRules;
  readonly onDone: () => void;
}) {
  const { scope, rules, onDone } = props;
  const { tagRules: texts, common } = useMessages();
  const [draft, setDraft] = useState<TagRuleDraft>(() => draftOf(rules));
  const saving = useDeed(retentionDeeds(scope).setTagRules, ["retention"]);
  const badLine = findBadLine(draft);
  const isUpper = scope.kind !== "repository";
  return (
    <Stack mt="sm">
      <Text size="sm">{texts.editExplain}</Text>
      {RULE_KINDS.map((kind) => (
        <TagRuleFields
          key={kind}
          {...{ kind, draft, isUpper }}
          onEdit={(part) => setDraft({ ...draft, ...part })}
        />
      ))}
      {badLine === undefined ? null : <Text role="alert">{texts.badLine(badLine)}</Text>}
      <ProblemText error={saving.error} />
      <Button
        w="fit-content"
        disabled={badLine !== undefined}
        loading={saving.isPending}
        onClick={() => saving.mutate(changeOf(draft, isUpper), { onSuccess: onDone })}
      >
        {common.save}
      </Button>
    </Stack>
  );
}
