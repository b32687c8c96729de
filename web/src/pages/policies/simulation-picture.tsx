import { Progress, Stack, Text } from "@mantine/core";
import type { Simulation } from "../../api/retention.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { useByteSize } from "../../parts/use-byte-size.ts";
import { useCount } from "../../parts/use-count.ts";

const PERCENT = 100;

/** How much goes of what there is, and by which line of the policy. */
export function SimulationPicture({ simulation }: { readonly simulation: Simulation }) {
  const { policies: texts } = useMessages();
  const countOf = useCount();
  const sizeOf = useByteSize();
  const { report, items } = simulation;
  const { removed, kept } = report;
  const shareOf = (count: number, of: number) => (PERCENT * count) / Math.max(of, 1);
  const lines = byLine(items);
  const most = Math.max(...lines.map(({ count }) => count), 1);
  return (
    <Stack gap="xs" role="img" aria-label={texts.picture(countOf(removed), countOf(kept))}>
      <Progress.Root size="xl" aria-hidden>
        <Progress.Section value={shareOf(removed, removed + kept)} color="red.9" withAria={false} />
        <Progress.Section value={shareOf(kept, removed + kept)} color="teal.9" withAria={false} />
      </Progress.Root>
      {lines.map(({ line, count, bytes }) => (
        <div key={line}>
          <Text size="sm">{texts.byLine(String(line), countOf(count), sizeOf(bytes))}</Text>
          <Progress.Root size="sm" aria-hidden>
            <Progress.Section value={shareOf(count, most)} color="red.9" withAria={false} />
          </Progress.Root>
        </div>
      ))}
    </Stack>
  );
}

function byLine(items: Simulation["items"]) {
  const lines = new Map<number, { readonly count: number; readonly bytes: number }>();
  for (const { line = 0, bytes } of items) {
    const { count = 0, bytes: sum = 0 } = lines.get(line) ?? {};
    lines.set(line, { count: count + 1, bytes: sum + bytes });
  }
  return [...lines].sort(([one], [other]) => one - other).map(([line, one]) => ({ line, ...one }));
}
