import { Button, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ScanFinding } from "../../api/images.ts";
import { useRepositoryRights } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DecisionForm } from "./decision-form.tsx";

/** For whoever manages the repository: saying whether the finding concerns anybody. */
export function DecideButton(props: {
  readonly repository: string;
  readonly digest: string;
  readonly finding: ScanFinding;
}) {
  const { repository, finding } = props;
  const { decisions: texts, common } = useMessages();
  const [isOpen, { open, close }] = useDisclosure();
  if (!useRepositoryRights(repository).includes("admin")) return null;
  const title = texts.decideOn(finding.id);
  return (
    <>
      <Button size="xs" variant="default" aria-label={title} onClick={open}>
        {texts.decide}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={title}
        closeButtonProps={{ "aria-label": common.cancel }}
      >
        <DecisionForm {...props} onDone={close} />
      </Modal>
    </>
  );
}
