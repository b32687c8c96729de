import { Button, Modal, NumberInput, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { POLICIES_KEY, type PolicyKey, policyDeeds } from "../../api/pull-policies.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { SmallForm } from "../../parts/small-form.tsx";

const WEEK = 7;
const YEAR = 365;

/** Lets an image through that a policy stands against: always with a reason and an end. */
export function ApproveException(props: {
  readonly policy: PolicyKey;
  /** Which image is meant; it can be typed where it is not known. */
  readonly repository?: string;
  readonly reference?: string;
}) {
  const { policy, repository = "", reference = "" } = props;
  const { pullPolicies: texts, common } = useMessages();
  const [isOpen, { open, close }] = useDisclosure();
  const approval = useDeed(policyDeeds.except, POLICIES_KEY);
  const title = texts.approveFor(policy.name);
  return (
    <>
      <Button size="xs" variant="default" mt="xs" aria-label={title} onClick={open}>
        {texts.approve}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={title}
        closeButtonProps={{ "aria-label": common.cancel }}
      >
        <SmallForm
          stacked
          label={title}
          submit={texts.approve}
          deed={approval}
          onSubmit={(typed) => {
            const named = typed("reference").trim();
            approval.mutate(
              {
                ...policy,
                repository: typed("repository").trim(),
                ...(named !== "" && { reference: named }),
                reason: typed("reason"),
                expiresInDays: Number(typed("days")),
              },
              { onSuccess: close },
            );
          }}
        >
          <TextInput
            name="repository"
            label={texts.repository}
            defaultValue={repository}
            required
          />
          <TextInput
            name="reference"
            label={texts.reference}
            description={texts.referenceHint}
            defaultValue={reference}
          />
          <Textarea name="reason" label={texts.reason} minLength={3} maxLength={1000} required />
          <NumberInput
            name="days"
            label={texts.days}
            min={1}
            max={YEAR}
            defaultValue={WEEK}
            allowDecimal={false}
            required
          />
        </SmallForm>
      </Modal>
    </>
  );
}
