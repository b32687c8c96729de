import { roundUp, spread } from "./chart-scale.ts";
import classes from "./time-chart.module.css";
import type { Series, TimeChartProps } from "./time-series.ts";

interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Marked {
  readonly area: Area;
  readonly series: readonly Series[];
  /** Of the values, each once. */
  readonly times: readonly string[];
  /** Which time somebody points at. */
  readonly pointed: number | undefined;
}

const HALVES = [0, 0.5, 1];
/** Of a name below the chart, with the space around it. */
const NAME_WIDTH = 110;
const GAP = 0.2;
const DAY_LENGTH = 10;

function edgeOf(series: readonly Series[]): number {
  return roundUp(Math.max(...series.flatMap(({ values }) => values), 0));
}

/** What heights and places stand for. */
export function Scale(
  props: Pick<TimeChartProps, "times" | "series" | "print"> & {
    readonly area: Area;
    readonly printTime: (at: string) => string;
  },
) {
  const { area, times, series, print, printTime } = props;
  const { left, top, width, height } = area;
  const edge = edgeOf(series);
  const named = spread(times.length, Math.max(2, Math.floor(width / NAME_WIDTH)));
  return (
    <g aria-hidden>
      {HALVES.map((share) => (
        <g key={share}>
          <line
            className={classes.grid}
            x1={left}
            x2={left + width}
            y1={top + height * (1 - share)}
            y2={top + height * (1 - share)}
          />
          <text x={left - 6} y={top + height * (1 - share) + 4} textAnchor="end">
            {print(edge * share)}
          </text>
        </g>
      ))}
      {named.map((at, place) => (
        <text
          key={times[at]}
          x={left + (width * at) / Math.max(times.length - 1, 1)}
          y={top + height + 18}
          textAnchor={anchorOf(place, named.length)}
        >
          {shortened(times[at] ?? "", printTime)}
        </text>
      ))}
    </g>
  );
}

function anchorOf(place: number, count: number): "start" | "middle" | "end" {
  if (place === 0) return "start";
  return place === count - 1 ? "end" : "middle";
}

/** There is no room for the hour. */
function shortened(at: string, printTime: (at: string) => string): string {
  return printTime(at) === "" ? "" : at.slice(5, DAY_LENGTH);
}

export function Lines({ area, series, pointed }: Marked) {
  const { left, top, width, height } = area;
  const edge = edgeOf(series);
  return (
    <g>
      {series.map(({ name, color, values }) => {
        const step = width / Math.max(values.length - 1, 1);
        const places = values.map((value, at) => ({
          x: left + at * step,
          y: top + height * (1 - value / edge),
        }));
        // One place alone is no line.
        const at = places[pointed ?? (places.length === 1 ? 0 : -1)];
        const points = places.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
        return (
          <g key={name}>
            <polyline points={points} fill="none" stroke={color} strokeWidth={2} />
            {at === undefined ? null : <circle cx={at.x} cy={at.y} r={4} fill={color} />}
          </g>
        );
      })}
    </g>
  );
}

export function Bars({ area, series, times, pointed }: Marked) {
  const { left, top, width, height } = area;
  const edge = edgeOf(series);
  return (
    <g>
      {series.map(({ name, color, values }, place) => {
        const slot = width / Math.max(values.length, 1);
        const bar = (slot * (1 - GAP)) / series.length;
        return (
          <g key={name} fill={color}>
            {values.map((value, at) => (
              <rect
                key={times[at]}
                x={left + at * slot + (slot * GAP) / 2 + place * bar}
                y={top + height * (1 - value / edge)}
                width={Math.max(bar, 1)}
                height={(height * value) / edge}
                opacity={pointed === undefined || pointed === at ? 1 : 0.5}
              />
            ))}
          </g>
        );
      })}
    </g>
  );
}
