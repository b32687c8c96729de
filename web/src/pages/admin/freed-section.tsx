import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { freedDaysQuery } from "../../api/usage.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { TimeChart } from "../../parts/time-chart.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";

const DAYS = 30;

/** What collection gave back, by itself or because somebody asked for it. */
export function FreedSection() {
  const { usage: texts } = useMessages();
  const sizeOf = useByteSize();
  const { data, error } = useQuery(freedDaysQuery(DAYS));
  const items = data?.items ?? [];
  const isAny = items.some(({ blobs }) => blobs > 0);
  return (
    <Section title={texts.freedTitle}>
      <ProblemText error={error} />
      {data !== undefined && !isAny ? <Text>{texts.nothingFreed}</Text> : null}
      {isAny ? (
        <TimeChart
          {...{ label: texts.freedTitle, kind: "bars", step: "day", print: sizeOf }}
          times={items.map(({ at }) => at)}
          series={[
            {
              name: texts.freed,
              color: "var(--mantine-color-teal-filled)",
              values: items.map(({ bytes }) => bytes),
            },
          ]}
        />
      ) : null}
    </Section>
  );
}
