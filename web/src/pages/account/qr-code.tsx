import { encode } from "uqr";

/** White around it, by which readers find it (ISO/IEC 18004). */
const QUIET_ZONE = 4;
const PIXELS = 220;

/** A text as a picture that a phone reads. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const { data, size } = encode(text, { ecc: "M", border: QUIET_ZONE });
  const squares = data.flatMap((row, y) =>
    row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")),
  );
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      width={PIXELS}
      height={PIXELS}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="var(--mantine-color-white)" />
      <path d={squares.join("")} fill="var(--mantine-color-black)" />
    </svg>
  );
}
