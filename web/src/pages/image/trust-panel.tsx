import { Stack } from "@mantine/core";
import { ExplanationSection } from "./explanation-section.tsx";
import { ProvenanceSection } from "./provenance-section.tsx";
import { SignaturesSection } from "./signatures-section.tsx";

/** Whether it may be pulled and why not; who signed it; what is claimed of where it comes from. */
export function TrustPanel(props: { readonly repository: string; readonly reference: string }) {
  return (
    <Stack>
      <ExplanationSection {...props} />
      <SignaturesSection {...props} />
      <ProvenanceSection {...props} />
    </Stack>
  );
}
