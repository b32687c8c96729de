/** From the worst to the least. */
export const SHOWN_SEVERITIES = ["critical", "high", "medium", "low", "unknown"] as const;

export const SEVERITY_COLORS = {
  critical: "red.9",
  high: "orange.9",
  medium: "yellow.9",
  low: "blue.8",
  negligible: "gray.7",
  unknown: "gray.7",
} as const;
