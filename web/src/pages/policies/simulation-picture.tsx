import { Progress, Stack, Text } from "@mantine/core";
import { NO_LINE, type Simulation } from "../../api/retention.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { useByteSize } from "../../parts/use-byte-size.ts";
import { useCount } from "../../parts/use-count.ts";

const PERCENT = 100;

/** How much goes of what there is, and by which line of the policy. */
export function SimulationPicture({ simulation }: { readonly simulation: Simulation }) {
  const { policies: texts } = useMessages();
  const countOf = useCount();
  const sizeOf = useByteSize();
  const { report, lines } = simulation;
  const { removed, kept } = report;
  const shareOf = (count: number, of: number) => (PERCENT * count) / Math.max(of, 1);
  const most = Math.max(...lines.map(({ count }) => count), 1);
  return (
    <Stack gap="xs" role="img" aria-label={texts.picture(countOf(removed), countOf(kept))}>
      <Progress.Root size="xl" aria-hidden>
        <Progress.Section value={shareOf(removed, removed + kept)} color="red.9" withAria={false} />
        <Progress.Section value={shareOf(kept, removed + kept)} color="teal.9" withAria={false} />
      </Progress.Root>
      {lines.map(({ line, count, bytes }) => (
        <div key={line}>
          <Text size="sm">
            {line === NO_LINE
              ? texts.byNoLine(countOf(count), sizeOf(bytes))
              : texts.byLine(String(line), countOf(count), sizeOf(bytes))}
          </Text>
          <Progress.Root size="sm" aria-hidden>
            <Progress.Section value={shareOf(count, most)} color="red.9" withAria={false} />
          </Progress.Root>
        </div>
      ))}
    </Stack>
  );
}
