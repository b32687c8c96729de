import { SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { trafficDaysQuery, usageQuery } from "../api/usage.ts";
import { useMessages } from "../messages/use-messages.ts";
import { ProblemText } from "./problem-text.tsx";
import { TimeChart } from "./time-chart.tsx";
import { useByteSize } from "./use-byte-size.ts";
import { useCount } from "./use-count.ts";

const SPANS = [7, 30, 90, 365];
const FIRST_SPAN = 30;

/** What is stored, pulled and pushed over time: of a repository, a namespace, or the whole hub. */
export function UsageCharts({ place }: { readonly place: string }) {
  const { usage: texts, common } = useMessages();
  const [days, setDays] = useState(FIRST_SPAN);
  return (
    <Stack>
      <SegmentedControl
        aria-label={texts.span}
        data={SPANS.map((span) => ({ value: String(span), label: common.days(String(span)) }))}
        value={String(days)}
        onChange={(span) => setDays(Number(span))}
      />
      <StoredChart {...{ place, days }} />
      <TrafficChart {...{ place, days }} />
    </Stack>
  );
}

interface Span {
  readonly place: string;
  readonly days: number;
}

function StoredChart({ place, days }: Span) {
  const { usage: texts } = useMessages();
  const sizeOf = useByteSize();
  const { data, error } = useQuery(usageQuery(place, days));
  const items = data?.items ?? [];
  return (
    <section aria-label={texts.stored}>
      <Title order={3} size="h5">
        {texts.stored}
      </Title>
      <ProblemText error={error} />
      {data !== undefined && items.length === 0 ? <Text>{texts.nothingYet}</Text> : null}
      {data === undefined || items.length === 0 ? null : (
        <TimeChart
          {...{ label: texts.stored, kind: "lines", step: data.step, print: sizeOf }}
          times={items.map(({ at }) => at)}
          series={[
            {
              name: texts.stored,
              color: "var(--mantine-color-blue-filled)",
              values: items.map(({ bytes }) => bytes),
            },
          ]}
        />
      )}
    </section>
  );
}

function TrafficChart({ place, days }: Span) {
  const { usage: texts } = useMessages();
  const countOf = useCount();
  const { data, error } = useQuery(trafficDaysQuery(place, days));
  const items = data?.items ?? [];
  return (
    <section aria-label={texts.traffic}>
      <Title order={3} size="h5">
        {texts.traffic}
      </Title>
      <ProblemText error={error} />
      {items.length === 0 ? null : (
        <TimeChart
          {...{ label: texts.traffic, kind: "bars", step: "day", print: countOf }}
          times={items.map(({ at }) => at)}
          series={[
            {
              name: texts.pulls,
              color: "var(--mantine-color-blue-filled)",
              values: items.map(({ pulls }) => pulls),
            },
            {
              name: texts.pushes,
              color: "var(--mantine-color-orange-filled)",
              values: items.map(({ pushes }) => pushes),
            },
          ]}
        />
      )}
    </section>
  );
}
