import { Button, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type FailedScan, failedScansQuery } from "../../api/operating.ts";
import { decisionDeeds } from "../../api/scans.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ImageLink } from "../../parts/image-link.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { shortDigest } from "../../parts/short-digest.ts";
import { ShowMore } from "../../parts/show-more.tsx";

/** Images that nobody knows the contents of, and why. */
export function FailedScans() {
  const { operating: texts, common } = useMessages();
  const found = useInfiniteQuery(failedScansQuery);
  const again = useDeed(decisionDeeds.scanAgain, failedScansQuery.queryKey);
  const scans = found.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Section title={texts.failedScans}>
      <ProblemText error={found.error ?? again.error} />
      {found.isSuccess && scans.length === 0 ? <Text>{texts.noFailedScans}</Text> : null}
      {scans.length === 0 ? null : (
        <DataTable
          label={texts.failedScans}
          columns={[texts.heldBy, texts.why, texts.attempts, common.actions]}
        >
          {scans.map((scan) => (
            <FailedScanRow
              key={scan.digest}
              scan={scan}
              isAsked={again.isPending && again.variables.reference === scan.digest}
              onAgain={(repository) => again.mutate({ repository, reference: scan.digest })}
            />
          ))}
        </DataTable>
      )}
      <ShowMore pages={found} />
    </Section>
  );
}

function FailedScanRow(props: {
  readonly scan: FailedScan;
  readonly isAsked: boolean;
  readonly onAgain: (repository: string) => void;
}) {
  const { scan, isAsked, onAgain } = props;
  const { operating: texts } = useMessages();
  const { digest, reason, attempts, repositories } = scan;
  const [first] = repositories;
  return (
    <Table.Tr>
      <Table.Td className="name">
        {first === undefined ? <Text size="sm">{texts.nobodyHolds}</Text> : null}
        {repositories.map((repository) => (
          <ImageLink key={repository} display="block" {...{ repository, reference: digest }}>
            {repository}@{shortDigest(digest)}
          </ImageLink>
        ))}
      </Table.Td>
      <Table.Td lang="en">{reason}</Table.Td>
      <Table.Td>{attempts}</Table.Td>
      <Table.Td>
        {first === undefined ? null : (
          <Button
            size="xs"
            variant="default"
            aria-label={texts.scanOneAgain(shortDigest(digest))}
            loading={isAsked}
            onClick={() => onAgain(first)}
          >
            {texts.scanAgain}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
