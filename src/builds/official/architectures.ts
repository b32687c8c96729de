/** Architectures as definitions call them (`bashbrew`), and what clients and builders say in their place. */
const PLATFORMS = {
  amd64: "linux/amd64",
  arm32v5: "linux/arm/v5",
  arm32v6: "linux/arm/v6",
  arm32v7: "linux/arm/v7",
  arm64v8: "linux/arm64",
  i386: "linux/386",
  mips64le: "linux/mips64le",
  ppc64le: "linux/ppc64le",
  riscv64: "linux/riscv64",
  s390x: "linux/s390x",
  "windows-amd64": "windows/amd64",
} as const;

const known = new Map<string, string>(Object.entries(PLATFORMS));
const ARCHITECTURE_OF = new Map([
  ...[...known].map(([architecture, platform]) => [platform, architecture] as const),
  // The variant may be left out.
  ["linux/arm64/v8", "arm64v8"] as const,
]);

export const ARCHITECTURES: readonly string[] = [...known.keys()];

/** Such as `linux/arm64` of `arm64v8`. */
export function platformOf(architecture: string): string | undefined {
  return known.get(architecture);
}

/** Of a platform as indexes and configurations have it. */
export function architectureOf(platform: unknown): string | undefined {
  const { os, architecture, variant } = (platform ?? {}) as Readonly<Record<string, unknown>>;
  const parts = [os, architecture, variant].filter(
    (part) => typeof part === "string" && part !== "",
  );
  return ARCHITECTURE_OF.get(parts.join("/"));
}
