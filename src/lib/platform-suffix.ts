/** What a suffix such as `arm64` or `linux-arm-v7` says about an image; what it does not say may be anything. */
export interface SuffixPlatform {
  readonly os?: string;
  readonly architecture: string;
  readonly variant?: string;
}

const SYSTEMS = ["linux", "windows", "darwin", "freebsd"];

/** As Go names architectures, and as people do. */
const ARCHITECTURES: ReadonlyMap<string, SuffixPlatform> = new Map(
  Object.entries({
    amd64: { architecture: "amd64" },
    x86_64: { architecture: "amd64" },
    "386": { architecture: "386" },
    i386: { architecture: "386" },
    arm64: { architecture: "arm64" },
    arm64v8: { architecture: "arm64" },
    "arm64-v8": { architecture: "arm64" },
    aarch64: { architecture: "arm64" },
    arm: { architecture: "arm" },
    armhf: { architecture: "arm", variant: "v7" },
    ...ofArm("v5"),
    ...ofArm("v6"),
    ...ofArm("v7"),
    ppc64le: { architecture: "ppc64le" },
    s390x: { architecture: "s390x" },
    riscv64: { architecture: "riscv64" },
    mips64le: { architecture: "mips64le" },
    loong64: { architecture: "loong64" },
  }),
);

function ofArm(variant: string): Record<string, SuffixPlatform> {
  const platform = { architecture: "arm", variant };
  return {
    [`arm${variant}`]: platform,
    [`arm-${variant}`]: platform,
    [`arm32${variant}`]: platform,
  };
}

/** Undefined for what names no platform. */
export function parsePlatformSuffix(suffix: string): SuffixPlatform | undefined {
  const os = SYSTEMS.find((name) => suffix.startsWith(`${name}-`));
  const platform = ARCHITECTURES.get(os === undefined ? suffix : suffix.slice(os.length + 1));
  return platform && { ...(os !== undefined && { os }), ...platform };
}

/** `1.4.2-arm-v7` is the part `arm-v7` of `1.4.2`; the longest suffix that fits. */
export function splitPart(
  tag: string,
  suffixes: readonly string[],
): { readonly base: string; readonly suffix: string } | undefined {
  const fitting = suffixes.filter(
    (suffix) => tag.endsWith(`-${suffix}`) && tag.length > suffix.length + 1,
  );
  const [suffix] = fitting.toSorted((a, b) => b.length - a.length);
  return suffix === undefined ? undefined : { base: tag.slice(0, -suffix.length - 1), suffix };
}
