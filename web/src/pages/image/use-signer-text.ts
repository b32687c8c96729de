import type { ImageSignatures } from "../../api/pull-policies.ts";
import { useMessages } from "../../messages/use-messages.ts";

type Signer = ImageSignatures["signatures"][number]["signer"];

/** Who signed, in words. */
export function useSignerText(): (signer: Signer) => string {
  const { trust: texts } = useMessages();
  return (signer) => {
    switch (signer?.kind) {
      case "key":
        return texts.key(signer.key);
      case "identity":
        return texts.identity(signer.subject, signer.issuer);
      case "certificate":
        return texts.certificate(signer.subject, signer.store);
      case "notary":
        return texts.notary(signer.role, signer.gun);
      default:
        return "";
    }
  };
}

/** What counts is green; what nobody has said yet is grey. */
export const STATE_COLORS = {
  verified: "teal.9",
  untrusted: "yellow.9",
  invalid: "red.9",
  expired: "orange.9",
  waiting: "gray.8",
  claimed: "gray.8",
} as const;
