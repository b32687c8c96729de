import { Button, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { HubError } from "../api/hub-error.ts";
import { useConfirmIdentity } from "../api/session.ts";
import { useMessages } from "../messages/use-messages.ts";
import { ProblemText } from "./problem-text.tsx";

const WANTED = "urn:berth:problem:CONFIRM_REQUIRED";

/** Opens when the hub has refused something until its owner proves anew who they are; then it is done again. */
export function ConfirmIdentity(props: {
  readonly error: Error | null;
  readonly onConfirmed: () => void;
  readonly onCancel: () => void;
}) {
  const { error, onConfirmed, onCancel } = props;
  const { confirm: texts, signIn, common } = useMessages();
  const [proof, setProof] = useState("");
  const confirm = useConfirmIdentity();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate(proof, { onSuccess: onConfirmed, onSettled: () => setProof("") });
  };
  return (
    <Modal
      opened={isConfirmationWanted(error)}
      onClose={onCancel}
      title={texts.title}
      closeButtonProps={{ "aria-label": common.cancel }}
    >
      <form onSubmit={submit}>
        <Stack>
          <Text>{texts.explain}</Text>
          <PasswordInput
            label={signIn.password}
            value={proof}
            onChange={({ currentTarget }) => setProof(currentTarget.value)}
            autoComplete="current-password"
            data-autofocus
            required
          />
          <ProblemText error={confirm.error} />
          <Button type="submit" loading={confirm.isPending}>
            {texts.submit}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}

export function isConfirmationWanted(error: Error | null): boolean {
  return error instanceof HubError && error.type === WANTED;
}
