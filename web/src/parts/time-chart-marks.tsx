import "@mantine/charts/styles.css";
import { BarChart, LineChart } from "@mantine/charts";
import { CHART_HEIGHT, type TimeChartProps } from "./time-series.ts";

/** Of what heights stand for, such as "1,023 kB". */
const VALUES_WIDTH = 76;
const NAME_GAP = 40;

/** What is drawn; it comes with the library for charts, which no page waits for. */
export function TimeChartMarks(
  props: TimeChartProps & { readonly printTime: (at: string) => string },
) {
  const { label, kind, times, series, print, printTime } = props;
  // By place: two series may have one name in some language.
  const data = times.map((at, time) => ({
    at,
    ...Object.fromEntries(series.map(({ values }, place) => [place, values[time] ?? 0])),
  }));
  const chart = {
    h: CHART_HEIGHT,
    mt: "xs",
    dataKey: "at",
    data,
    series: series.map(({ name, color }, place) => ({ name: String(place), label: name, color })),
    valueFormatter: print,
    withLegend: series.length > 1,
    xAxisProps: { tickFormatter: nameOf, minTickGap: NAME_GAP },
    yAxisProps: { width: VALUES_WIDTH },
    // Nothing is pointed at to begin with.
    tooltipProps: { labelFormatter: (at: unknown) => printTime(typeof at === "string" ? at : "") },
  };
  // Recharts makes its drawing a place for the focus, in which arrows go from time to time.
  const drawing = { title: label };
  return kind === "bars" ? (
    <BarChart {...chart} barChartProps={drawing} barProps={{ isAnimationActive: false }} />
  ) : (
    <LineChart
      {...chart}
      curveType="linear"
      // One place alone is no line.
      withDots={times.length === 1}
      lineChartProps={drawing}
      lineProps={{ isAnimationActive: false }}
    />
  );
}

/** The month and the day: there is no room for more. */
function nameOf(at: string): string {
  return at.slice("2026-".length, "2026-11-29".length);
}
