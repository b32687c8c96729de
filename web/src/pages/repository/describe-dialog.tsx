import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { type RepositoryView, useDescribe } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";

const SHORT = 100;
const LONG = 25_000;

/** What its owners say about it, in a line and in markdown. */
export function DescribeDialog(props: {
  readonly repository: RepositoryView;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const { repository, isOpen, onClose } = props;
  const { repository: texts, common } = useMessages();
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={texts.edit}
      size="lg"
      closeButtonProps={{ "aria-label": common.cancel }}
    >
      <DescribeForm {...{ repository, onClose }} />
    </Modal>
  );
}

/** Begins with what is said when it is opened, and sends what was changed alone: what others change meanwhile stays. */
function DescribeForm(props: {
  readonly repository: RepositoryView;
  readonly onClose: () => void;
}) {
  const { repository: texts, common } = useMessages();
  const { repository, onClose } = props;
  const [before] = useState(repository);
  const [description, setDescription] = useState(before.description);
  const [fullDescription, setFullDescription] = useState(before.fullDescription);
  const describe = useDescribe(before.name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const change = {
      ...(description !== before.description && { description }),
      ...(fullDescription !== before.fullDescription && { fullDescription }),
    };
    if (Object.keys(change).length === 0) return onClose();
    describe.mutate(change, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={texts.inOneLine}
          maxLength={SHORT}
          value={description}
          onChange={({ currentTarget }) => setDescription(currentTarget.value)}
          data-autofocus
        />
        <Textarea
          label={texts.inMarkdown}
          autosize
          minRows={8}
          maxRows={20}
          maxLength={LONG}
          value={fullDescription}
          onChange={({ currentTarget }) => setFullDescription(currentTarget.value)}
        />
        <ProblemText error={describe.error} />
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={describe.isPending}>
            {texts.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
