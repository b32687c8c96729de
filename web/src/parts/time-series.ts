/** In pixels, of a chart and of the place that is kept for it. */
export const CHART_HEIGHT = 220;

export interface Series {
  readonly name: string;
  /** Of the theme. */
  readonly color: string;
  readonly values: readonly number[];
}

export interface TimeChartProps {
  /** What it shows. */
  readonly label: string;
  readonly kind: "lines" | "bars";
  readonly step: "hour" | "day";
  readonly times: readonly string[];
  readonly series: readonly Series[];
  readonly print: (value: number) => string;
}
