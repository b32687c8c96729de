import { Group, Select, Textarea, TextInput } from "@mantine/core";
import { useMessages } from "../../messages/use-messages.ts";
import { MODES, type PolicyDraft } from "./policy-draft.ts";

interface FieldsProps {
  readonly draft: PolicyDraft;
  readonly isNew: boolean;
  readonly isTaken: boolean;
  readonly onEdit: (part: Partial<PolicyDraft>) => void;
}

/** What it is called, what it does, and which images it is about. */
export function PolicyFields({ draft, isNew, isTaken, onEdit }: FieldsProps) {
  const { pullPolicies: texts, common } = useMessages();
  return (
    <>
      <Group grow align="start" preventGrowOverflow={false}>
        <TextInput
          label={common.name}
          miw={160}
          value={draft.name}
          disabled={!isNew}
          error={isTaken ? texts.isTaken : undefined}
          onChange={({ currentTarget }) => onEdit({ name: currentTarget.value })}
        />
        <Select
          label={texts.mode}
          miw={220}
          data={MODES.map((value) => ({ value, label: texts.modes[value] }))}
          value={draft.mode}
          allowDeselect={false}
          onChange={(mode) => onEdit({ mode: mode as PolicyDraft["mode"] })}
        />
      </Group>
      <Group grow align="start" preventGrowOverflow={false}>
        <TextInput
          label={texts.pattern}
          description={texts.patternHint}
          miw={220}
          value={draft.pattern}
          onChange={({ currentTarget }) => onEdit({ pattern: currentTarget.value })}
        />
        <Textarea
          label={texts.tags}
          description={texts.tagsHint}
          miw={220}
          autosize
          value={draft.tags}
          onChange={({ currentTarget }) => onEdit({ tags: currentTarget.value })}
        />
      </Group>
    </>
  );
}
