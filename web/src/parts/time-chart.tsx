import { Box, Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useLanguage } from "../messages/use-messages.ts";
import { ChartTable } from "./chart-table.tsx";
import { CHART_HEIGHT, type TimeChartProps } from "./time-series.ts";

const TimeChartMarks = lazy(async () => ({
  default: (await import("./time-chart-marks.tsx")).TimeChartMarks,
}));

/** Numbers over time. What it shows is a table, too, for whoever does not see it or wants to know exactly. */
export function TimeChart(props: TimeChartProps) {
  const { label, times, series, print } = props;
  const printTime = usePrintTime(props.step);
  return (
    <figure aria-label={label} style={{ margin: 0 }}>
      {/* While a window is turned the drawing is as wide as it was, for a moment. */}
      <Box style={{ overflow: "clip" }}>
        <Suspense fallback={<Skeleton height={CHART_HEIGHT} />}>
          <TimeChartMarks {...props} printTime={printTime} />
        </Suspense>
      </Box>
      <ChartTable {...{ label, times, series, print, printTime }} />
    </figure>
  );
}

/** Days are those of UTC, as the hub counts them; hours are the reader's. */
function usePrintTime(step: "hour" | "day"): (at: string) => string {
  const { language, messages } = useLanguage();
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
  const hour = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  return (at) => {
    if (at === "") return "";
    const date = new Date(at);
    return step === "day" ? messages.time.utc(day.format(date)) : hour.format(date);
  };
}
