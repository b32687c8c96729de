import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMessages } from "../messages/use-messages.ts";

interface ConfirmProps {
  readonly text: string;
  /** What it does, and to what: the name of the button, and the title of the question. */
  readonly label: string;
  /** What comes of it. */
  readonly explain: string;
  readonly loading?: boolean;
  readonly onConfirm: () => void;
}

/** For what cannot simply be taken back. */
export function ConfirmButton({ text, label, explain, loading = false, onConfirm }: ConfirmProps) {
  const { common } = useMessages();
  const [isOpen, { open, close }] = useDisclosure();
  const act = () => {
    close();
    onConfirm();
  };
  return (
    <>
      <Button size="xs" variant="default" aria-label={label} loading={loading} onClick={open}>
        {text}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={label}
        closeButtonProps={{ "aria-label": common.cancel }}
      >
        <Text mb="md" className="name">
          {explain}
        </Text>
        <Group justify="end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button color="red.9" onClick={act} data-autofocus>
            {text}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
