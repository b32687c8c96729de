import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { scansQuery } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Loading } from "../../shell/loading.tsx";
import { ScanSection } from "./scan-section.tsx";

/** What scans found in an image, or in each image of an index. */
export function FindingsPanel(props: { readonly repository: string; readonly reference: string }) {
  const { repository, reference } = props;
  const { findings: texts } = useMessages();
  const found = useQuery(scansQuery(repository, reference));
  if (found.isPending) return <Loading />;
  if (found.isError) return <ProblemText error={found.error} />;
  const { scans } = found.data;
  if (scans.length === 0) return <Text>{texts.never}</Text>;
  return (
    <Stack>
      {scans.map((scan) => (
        <ScanSection key={scan.digest} {...{ repository, scan }} isNamed={scans.length > 1} />
      ))}
    </Stack>
  );
}
