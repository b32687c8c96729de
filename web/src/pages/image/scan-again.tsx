import { Button, Text } from "@mantine/core";
import { useRepositoryRights } from "../../api/repositories.ts";
import { decisionDeeds } from "../../api/scans.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";

/** For whoever may push; the page shows the new scan by itself once it is there. */
export function ScanAgain(props: { readonly repository: string; readonly reference: string }) {
  const { scanning: texts } = useMessages();
  const renewal = useDeed(decisionDeeds.scanAgain, ["repository", props.repository, "scans"]);
  if (!useRepositoryRights(props.repository).includes("push")) return null;
  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={renewal.isPending}
        onClick={() => renewal.mutate(props)}
      >
        {texts.scanAgain}
      </Button>
      {renewal.isSuccess ? (
        <Text size="sm" role="status">
          {texts.scannedSoon}
        </Text>
      ) : null}
      <ProblemText error={renewal.error} />
    </>
  );
}
