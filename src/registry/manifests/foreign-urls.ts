import type { Descriptor } from "../../oci/descriptor.ts";
import { OciError } from "../../oci/error.ts";

/**
 * Which addresses foreign layers may name. A layer with a URL makes whoever pulls the image fetch from there, so
 * registry:2 refuses all of them unless told otherwise.
 */
export function createForeignUrlRule(rule: {
  allow: readonly string[];
  deny: readonly string[];
}): (layer: Descriptor) => void {
  const allow = rule.allow.map((pattern) => new RegExp(pattern));
  const deny = rule.deny.map((pattern) => new RegExp(pattern));
  return (layer) => {
    for (const url of layer.urls ?? []) {
      const isAllowed = isHttp(url) && allow.some((pattern) => pattern.test(url));
      if (isAllowed && !deny.some((pattern) => pattern.test(url))) continue;
      throw new OciError(
        "MANIFEST_INVALID",
        { digest: layer.digest, url: url.slice(0, 200) },
        { message: "manifest invalid: a layer names a URL that this registry does not allow" },
      );
    }
  };
}

function isHttp(url: string): boolean {
  return /^https?:\/\//i.test(url);
}
