const WIDTH = 600;
const HEIGHT = 80;
const EDGE = 2;

/** How a number went, as a line; the label says what it shows to those who do not see it. */
export function Sparkline({
  values,
  label,
}: {
  readonly values: readonly number[];
  readonly label: string;
}) {
  const most = Math.max(...values, 1);
  const step = WIDTH / Math.max(values.length - 1, 1);
  const height = HEIGHT - 2 * EDGE;
  const points = values.map(
    (value, at) => `${(at * step).toFixed(1)},${(EDGE + height * (1 - value / most)).toFixed(1)}`,
  );
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width="100%"
      height={HEIGHT}
      preserveAspectRatio="none"
    >
      <polyline
        points={points.join(" ")}
        fill="none"
        stroke="currentColor"
        strokeWidth={EDGE}
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
