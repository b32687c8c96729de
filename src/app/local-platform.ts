/** As images call the processor that this runs on. */
const PROCESSORS: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** The images that an engine on this machine would choose; engines run Linux, also on other systems. */
export function localPlatform(): string {
  return `linux/${PROCESSORS[process.arch] ?? process.arch}`;
}
