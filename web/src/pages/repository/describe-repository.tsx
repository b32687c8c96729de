import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPencil } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import type { RepositoryView } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";

const DescribeDialog = lazy(async () => ({
  default: (await import("./describe-dialog.tsx")).DescribeDialog,
}));

/** The way to what its owners say about it; few readers go it, and the dialog is loaded for them. */
export function DescribeRepository({ repository }: { readonly repository: RepositoryView }) {
  const { repository: texts } = useMessages();
  const [isWanted, setWanted] = useState(false);
  const [isOpen, { open, close }] = useDisclosure(false, { onOpen: () => setWanted(true) });
  return (
    <>
      <Button variant="default" size="xs" leftSection={<IconPencil size={14} />} onClick={open}>
        {texts.edit}
      </Button>
      {isWanted ? (
        <Suspense fallback={null}>
          <DescribeDialog {...{ repository, isOpen }} onClose={close} />
        </Suspense>
      ) : null}
    </>
  );
}
