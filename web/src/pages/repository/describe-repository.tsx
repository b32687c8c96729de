import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPencil } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { type RepositoryView, useDescribe } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";

const SHORT = 100;
const LONG = 25_000;

/** What its owners say about it, in a line and in markdown. */
export function DescribeRepository({ repository }: { readonly repository: RepositoryView }) {
  const { repository: texts, tags } = useMessages();
  const [isOpen, { open, close }] = useDisclosure();
  const [description, setDescription] = useState(repository.description);
  const [fullDescription, setFullDescription] = useState(repository.fullDescription);
  const describe = useDescribe(repository.name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    describe.mutate({ description, fullDescription }, { onSuccess: close });
  };
  return (
    <>
      <Button variant="default" size="xs" leftSection={<IconPencil size={14} />} onClick={open}>
        {texts.edit}
      </Button>
      <Modal opened={isOpen} onClose={close} title={texts.edit} size="lg">
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
              <Button variant="default" onClick={close}>
                {tags.cancel}
              </Button>
              <Button type="submit" loading={describe.isPending}>
                {texts.save}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
