import { Badge } from "@mantine/core";
import type { Build } from "../api/builds.ts";
import { useMessages } from "../messages/use-messages.ts";

const COLORS: Partial<Record<Build["state"], string>> = {
  running: "blue",
  publishing: "blue",
  succeeded: "teal",
  failed: "red",
};

export function BuildState({ state }: Pick<Build, "state">) {
  const { builds } = useMessages();
  return (
    <Badge variant="light" color={COLORS[state] ?? "gray"}>
      {builds.states[state]}
    </Badge>
  );
}
