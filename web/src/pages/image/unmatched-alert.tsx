import { Alert, Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useHub } from "../../api/hub.ts";
import type { ScanReport } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";

/** Of which packages nothing is known: silence about them is not to be taken for safety. */
export function UnmatchedAlert({ coverage }: Pick<ScanReport, "coverage">) {
  const { scanning: texts } = useMessages();
  const { account } = useHub();
  const unmatched = coverage.filter(({ advisories }) => advisories === 0);
  if (unmatched.length === 0) return null;
  return (
    <Alert color="orange" mb="xs">
      <Text className="name">
        {texts.unmatched(unmatched.map(({ ecosystem }) => ecosystem).join(", "))}
      </Text>
      {account?.role === undefined ? null : (
        <Anchor
          renderRoot={(rest) => <Link to="/admin" search={{ tab: "advisories" }} {...rest} />}
        >
          {texts.bringAdvisories}
        </Anchor>
      )}
    </Alert>
  );
}
