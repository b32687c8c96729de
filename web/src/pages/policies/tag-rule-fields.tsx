import { Checkbox, Stack, Textarea } from "@mantine/core";
import { useMessages } from "../../messages/use-messages.ts";
import type { RuleKind, TagRuleDraft } from "./tag-rule-draft.ts";

interface FieldsProps {
  readonly draft: TagRuleDraft;
  readonly onEdit: (part: Partial<TagRuleDraft>) => void;
}

/** Of one rule: whether it is said here, and what it says. */
export function TagRuleFields(
  props: FieldsProps & { readonly kind: RuleKind; readonly isUpper: boolean },
) {
  const { kind, draft, isUpper, onEdit } = props;
  const { tagRules: texts, policies } = useMessages();
  const { says, locks } = draft;
  const Fields = FIELDS[kind];
  return (
    <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
      <Checkbox
        label={texts.saysHere(policies.kinds[kind])}
        checked={says[kind]}
        onChange={({ currentTarget }) =>
          onEdit({ says: { ...says, [kind]: currentTarget.checked } })
        }
      />
      {says[kind] ? (
        <Stack pl="lg" mt="xs" gap="xs">
          <Fields {...{ draft, onEdit }} />
          {isUpper ? (
            <Checkbox
              label={texts.lock}
              checked={locks[kind]}
              onChange={({ currentTarget }) =>
                onEdit({ locks: { ...locks, [kind]: currentTarget.checked } })
              }
            />
          ) : null}
        </Stack>
      ) : null}
    </fieldset>
  );
}

const FIELDS = {
  format: FormatFields,
  immutable: ImmutableFields,
  protected: ProtectedFields,
  aliases: AliasFields,
  assembled: AssembledFields,
} as const;

function FormatFields({ draft, onEdit }: FieldsProps) {
  const { tagRules: texts } = useMessages();
  return (
    <Textarea
      label={texts.allow}
      description={texts.allowHint}
      autosize
      spellCheck={false}
      value={draft.allow}
      onChange={({ currentTarget }) => onEdit({ allow: currentTarget.value })}
    />
  );
}

function ImmutableFields({ draft, onEdit }: FieldsProps) {
  const { tagRules: texts } = useMessages();
  return (
    <>
      <Checkbox
        label={texts.isImmutable}
        checked={draft.isImmutable}
        onChange={({ currentTarget }) => onEdit({ isImmutable: currentTarget.checked })}
      />
      <Textarea
        label={texts.patterns}
        description={texts.patternsHint}
        autosize
        spellCheck={false}
        value={draft.patterns}
        onChange={({ currentTarget }) => onEdit({ patterns: currentTarget.value })}
      />
      <Checkbox
        label={texts.untilRetention}
        checked={draft.untilRetention}
        onChange={({ currentTarget }) => onEdit({ untilRetention: currentTarget.checked })}
      />
    </>
  );
}

function ProtectedFields({ draft, onEdit }: FieldsProps) {
  const { tagRules: texts } = useMessages();
  return (
    <Textarea
      label={texts.lines}
      description={texts.linesHint}
      autosize
      spellCheck={false}
      value={draft.lines}
      onChange={({ currentTarget }) => onEdit({ lines: currentTarget.value })}
    />
  );
}

function AliasFields({ draft, onEdit }: FieldsProps) {
  const { tagRules: texts } = useMessages();
  return (["minor", "major", "latest"] as const).map((alias) => (
    <Checkbox
      key={alias}
      label={texts.aliases[alias]}
      checked={draft.aliases[alias]}
      onChange={({ currentTarget }) =>
        onEdit({ aliases: { ...draft.aliases, [alias]: currentTarget.checked } })
      }
    />
  ));
}

function AssembledFields({ draft, onEdit }: FieldsProps) {
  const { tagRules: texts } = useMessages();
  return (
    <Textarea
      label={texts.suffixes}
      description={texts.suffixesHint}
      autosize
      spellCheck={false}
      value={draft.suffixes}
      onChange={({ currentTarget }) => onEdit({ suffixes: currentTarget.value })}
    />
  );
}
