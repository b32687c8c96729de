import type { Distribution, PackageType, PlacedPackage } from "../inventory/model.ts";
import { isThirdParty } from "./ecosystems.ts";

const DISTRIBUTED: ReadonlySet<PackageType> = new Set(["deb", "apk", "rpm"]);
/** Headers of the kernel are built from its source and are no kernel: what runs is the host's. */
const KERNEL_HEADERS =
  /^(linux-libc-dev(-.*)?|linux-headers(-.*)?|linux-tools-common|kernel-headers)$/;

/** What Go writes for a module that was built where it lay, or replaced by a folder. */
const NO_VERSION = /^(?:\(devel\)|v0\.0\.0(?:-00010101000000-0{12})?|unknown|)$/;

/** Why advisories say nothing about a package; undefined where they do. */
export function findReasonToSkip(
  found: PlacedPackage,
  distribution: Distribution | undefined,
): string | undefined {
  if (!DISTRIBUTED.has(found.type)) return findReasonOfLanguage(found);
  if (distribution !== undefined && isThirdParty(found.vendor, distribution))
    return `${found.vendor} built it, not the distribution`;
  if (KERNEL_HEADERS.test(found.name))
    return "headers of the kernel do not run; the host's kernel does";
  return undefined;
}

function findReasonOfLanguage({ ownedByDistribution, version }: PlacedPackage): string | undefined {
  if (ownedByDistribution)
    return "a package of the distribution owns it, whose advisories count: fixes are backported there";
  return NO_VERSION.test(version) ? "it was built from sources without a version" : undefined;
}
