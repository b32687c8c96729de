import { Alert, Button, Group, Text, Title } from "@mantine/core";
import { IconFileDownload } from "@tabler/icons-react";
import { type ImageScan, type ScanReport, sbomPath } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { useCount } from "../../parts/use-count.ts";
import { CoverageTable } from "./coverage-table.tsx";
import { FindingTable } from "./finding-table.tsx";
import { FlawList } from "./flaw-list.tsx";
import { ScanAgain } from "./scan-again.tsx";
import { UnmatchedAlert } from "./unmatched-alert.tsx";

/** What is known of one image: what was found, or why nothing is known. */
export function ScanSection(props: {
  readonly repository: string;
  readonly scan: ImageScan;
  /** Whether it has to be told from others beside it. */
  readonly isNamed: boolean;
}) {
  const { repository, isNamed, scan } = props;
  const { digest, platform, report } = scan;
  const name = platform ?? digest;
  return (
    <section aria-label={name}>
      {isNamed ? (
        <Title order={2} size="h5">
          {name}
        </Title>
      ) : null}
      <ScanHead {...{ repository, scan }} />
      {report === null ? (
        <NoReport scan={scan} />
      ) : (
        <>
          <UnmatchedAlert coverage={report.coverage} />
          {report.findings.length === 0 && isAllUnmatched(report) ? null : (
            <FindingTable {...{ repository, digest }} findings={report.findings} />
          )}
          <Suppressed {...{ repository, digest }} findings={report.suppressed} />
          <FlawList report={report} />
          <CoverageTable report={report} />
        </>
      )}
    </section>
  );
}

/** "Nothing found" is only said where something was looked for. */
function isAllUnmatched({ coverage }: ScanReport): boolean {
  return coverage.length > 0 && coverage.every(({ advisories }) => advisories === 0);
}

/** When, of what, and what can be had of it. */
function ScanHead(props: { readonly repository: string; readonly scan: ImageScan }) {
  const { repository } = props;
  const { digest, report } = props.scan;
  const { findings: texts } = useMessages();
  const count = useCount();
  return (
    <Group justify="space-between" mb="xs">
      {report === null ? null : (
        <Text size="sm" component="div">
          {texts.packages(count(report.packages))} ·{" "}
          {report.distribution === null ? "" : `${report.distribution.name} · `}
          {texts.scannedAt} <TimeAgo at={report.scannedAt} />
        </Text>
      )}
      <Group gap="xs">
        {report === null ? null : (
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
        )}
        <ScanAgain repository={repository} reference={digest} />
      </Group>
    </Group>
  );
}

function Suppressed(props: {
  readonly repository: string;
  readonly digest: string;
  readonly findings: ScanReport["suppressed"];
}) {
  const { scanning } = useMessages();
  if (props.findings.length === 0) return null;
  const title = scanning.suppressed(String(props.findings.length));
  return (
    <section aria-label={title}>
      <Title order={3} size="h5" mt="md">
        {title}
      </Title>
      <FindingTable {...props} />
    </section>
  );
}

function NoReport({ scan: { state, reason } }: { readonly scan: ImageScan }) {
  const { findings: texts } = useMessages();
  return (
    <Alert color={state === "failed" ? "red" : "blue"}>
      {state === "done" ? texts.none : texts.states[state]}
      {reason === null ? null : <span lang="en">: {reason}</span>}
    </Alert>
  );
}
