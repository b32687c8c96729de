import { Alert, Button, Group, Text, Title } from "@mantine/core";
import { IconFileDownload } from "@tabler/icons-react";
import { type ImageScan, sbomPath } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { useCount } from "../../parts/use-count.ts";
import { FindingTable } from "./finding-table.tsx";
import { FlawList } from "./flaw-list.tsx";

/** What is known of one image: what was found, or why nothing is known. */
export function ScanSection(props: {
  readonly repository: string;
  readonly scan: ImageScan;
  /** Whether it has to be told from others beside it. */
  readonly isNamed: boolean;
}) {
  const { repository, isNamed, scan } = props;
  const { digest, platform, report } = scan;
  const { findings: texts } = useMessages();
  const count = useCount();
  const name = platform ?? digest;
  return (
    <section aria-label={name}>
      {isNamed ? (
        <Title order={2} size="h5">
          {name}
        </Title>
      ) : null}
      {report === null ? (
        <NoReport scan={scan} />
      ) : (
        <>
          <Group justify="space-between" mb="xs">
            <Text size="sm" component="div">
              {texts.packages(count(report.packages))} · {report.distribution?.name ?? ""} ·{" "}
              {texts.scannedAt} <TimeAgo at={report.scannedAt} />
            </Text>
            <Button
              component="a"
              href={sbomPath(repository, digest)}
              download="sbom.cdx.json"
              variant="default"
              size="xs"
              leftSection={<IconFileDownload size={16} />}
            >
              {texts.sbom}
            </Button>
          </Group>
          <FindingTable findings={report.findings} />
          <FlawList report={report} />
        </>
      )}
    </section>
  );
}

function NoReport({ scan: { state, reason } }: { readonly scan: ImageScan }) {
  const { findings: texts } = useMessages();
  return (
    <Alert color={state === "failed" ? "red" : "blue"}>
      {state === "done" ? texts.none : texts.states[state]}
      {reason === null ? "" : `: ${reason}`}
    </Alert>
  );
}
