import { Checkbox, NumberInput, Textarea } from "@mantine/core";
import { useMessages } from "../../messages/use-messages.ts";
import type { PolicyDraft } from "./policy-draft.ts";
import { VulnerabilityFields } from "./vulnerability-fields.tsx";

const MOST_SIGNERS = 50;

/** What has to be true of an image. */
export function RuleFields(props: {
  readonly draft: PolicyDraft;
  readonly onEdit: (part: Partial<PolicyDraft>) => void;
  /** Whether the attestations are a list. */
  readonly isReadable: boolean;
}) {
  const { draft, onEdit, isReadable } = props;
  const { pullPolicies: texts } = useMessages();
  return (
    <>
      <Textarea
        label={texts.signers}
        description={texts.signersHint}
        autosize
        spellCheck={false}
        value={draft.signers}
        onChange={({ currentTarget }) => onEdit({ signers: currentTarget.value })}
      />
      {draft.signers.trim() === "" ? null : (
        <NumberInput
          label={texts.atLeast}
          min={1}
          max={MOST_SIGNERS}
          allowDecimal={false}
          value={draft.atLeast}
          onChange={(atLeast) => onEdit({ atLeast: Number(atLeast) || 1 })}
        />
      )}
      <VulnerabilityFields
        wish={draft.vulnerabilities}
        onWish={(vulnerabilities) => onEdit({ vulnerabilities })}
      />
      <Checkbox
        label={texts.notEndOfLife}
        checked={draft.notEndOfLife}
        onChange={({ currentTarget }) => onEdit({ notEndOfLife: currentTarget.checked })}
      />
      <Textarea
        label={texts.baseImages}
        description={texts.baseImagesHint}
        autosize
        spellCheck={false}
        value={draft.baseImages}
        onChange={({ currentTarget }) => onEdit({ baseImages: currentTarget.value })}
      />
      <Textarea
        label={texts.attestations}
        description={texts.attestationsHint}
        autosize
        spellCheck={false}
        value={draft.attestations}
        error={isReadable ? undefined : texts.badAttestations}
        onChange={({ currentTarget }) => onEdit({ attestations: currentTarget.value })}
      />
    </>
  );
}
