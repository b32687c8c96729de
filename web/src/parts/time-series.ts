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
