import { Group, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type PointerEvent, useState } from "react";
import { useLanguage } from "../messages/use-messages.ts";
import { ChartTable } from "./chart-table.tsx";
import classes from "./time-chart.module.css";
import { Bars, Lines, Scale } from "./time-chart-marks.tsx";
import type { TimeChartProps } from "./time-series.ts";

const HEIGHT = 200;
const EDGE = { top: 8, right: 8, bottom: 22, left: 76 };

/** Numbers over time. What it shows is a table, too, for whoever does not see it or wants to know exactly. */
export function TimeChart(props: TimeChartProps) {
  const { label, kind, times, series, print } = props;
  const { ref, width } = useElementSize<HTMLDivElement>();
  const [pointed, setPointed] = useState<number>();
  const printTime = usePrintTime(props.step);
  const area = {
    ...EDGE,
    width: Math.max(width - EDGE.left - EDGE.right, 0),
    height: HEIGHT - EDGE.top - EDGE.bottom,
  };
  const point = ({ nativeEvent: { offsetX } }: PointerEvent) => {
    const share = (offsetX - area.left) / Math.max(area.width, 1);
    const at = kind === "bars" ? Math.floor(share * times.length) : share * (times.length - 1);
    setPointed(Math.min(Math.max(Math.round(at), 0), times.length - 1));
  };
  const shown = pointed ?? times.length - 1;
  const Marks = kind === "bars" ? Bars : Lines;
  return (
    <figure style={{ margin: 0 }}>
      <div ref={ref} className={classes.frame}>
        <svg
          role="img"
          aria-label={label}
          width={width}
          height={HEIGHT}
          onPointerMove={point}
          onPointerLeave={() => setPointed(undefined)}
        >
          {width === 0 ? null : (
            <>
              <Scale {...{ area, times, series, print, printTime }} />
              <Marks {...{ area, series, times, pointed }} />
            </>
          )}
        </svg>
      </div>
      <Group gap="md" component="figcaption">
        <Text size="sm">{printTime(times[shown] ?? "")}</Text>
        {series.map(({ name, color, values }) => (
          <Text key={name} size="sm" component="span">
            <span className={classes.swatch} style={{ background: color }} aria-hidden /> {name}:{" "}
            {print(values[shown] ?? 0)}
          </Text>
        ))}
      </Group>
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
