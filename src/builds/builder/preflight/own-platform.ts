const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "amd64",
  arm: "arm/v7",
  ia32: "386",
};

/** What programs of this machine are for, such as `linux/amd64`: `$BUILDPLATFORM`. */
export function ownPlatform(): string {
  return `linux/${ARCHITECTURES[process.arch] ?? process.arch}`;
}
