import { Badge } from "@mantine/core";
import type { Build } from "../api/builds.ts";
import { useMessages } from "../messages/use-messages.ts";

const COLORS: Partial<Record<Build["state"], string>> = {
  running: "blue.9",
  publishing: "blue.9",
  succeeded: "teal.9",
  failed: "red.9",
  timed_out: "red.9",
};

export function BuildState({ state }: Pick<Build, "state">) {
  const { builds } = useMessages();
  return <Badge color={COLORS[state] ?? "gray.8"}>{builds.states[state]}</Badge>;
}
