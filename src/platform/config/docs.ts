import { formatBytes } from "../../lib/byte-size.ts";
import { CONFIG_KEYS, type ConfigKey } from "./keys.ts";

/** The text of docs/configuration.md, made from the schema. */
export function describeConfig(): string {
  const rows = CONFIG_KEYS.map(
    (key) =>
      `| \`${key.name}\` | \`${key.variable}\` | ${describeDefault(key)} | ${escapeCell(key.description)} |`,
  );
  return `# Configuration

<!-- Written by \`berth config docs\` from src/platform/config/schema.ts; change it there. -->

Settings come from the file \`berth.yml\` (or \`--config FILE\`, or \`BERTH_CONFIG\`), then the environment, then flags; the later
wins. An unknown setting in the file or a bad value stops the start and is named; an unknown \`BERTH_*\` variable is warned
about. Durations are written \`90s\`, \`24h\`, \`7d\`; sizes \`4096\`, \`64MiB\`; lists in a variable have commas between. A secret can
also be read from a file: \`<VARIABLE>_FILE\`. \`berth config print\` shows what is in force and where it came from,
\`berth config check\` says whether it would start.

\`\`\`yaml
# berth.yml
listen: 127.0.0.1:5000
data: ./data
collection:
  grace: 24h
\`\`\`

| setting | environment | default | meaning |
|---|---|---|---|
${rows.join("\n")}
`;
}

function describeDefault(key: ConfigKey): string {
  const { default: value } = key;
  if (value === undefined) return "unset";
  if (value === Number.MAX_SAFE_INTEGER) return "unlimited";
  if (typeof value === "number") return `\`${describeNumber(key, value)}\``;
  if (key.name === "listen") return "`127.0.0.1:5000`";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

/** As somebody would write it: whether it is a duration, a size or a count is known by what the setting takes. */
function describeNumber({ read }: ConfigKey, value: number): string {
  const written = [describeDuration(value), formatBytes(value).replace(" ", ""), String(value)];
  return written.find((text) => read(text) === value) ?? String(value);
}

function describeDuration(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [1000, "s"],
  ];
  const [size, unit] = units.find(([each]) => ms >= 2 * each || ms === each) ?? [1, "ms"];
  return `${ms / size}${unit}`;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
