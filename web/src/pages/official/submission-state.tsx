import { Badge } from "@mantine/core";
import type { Submission } from "../../api/official.ts";
import { useMessages } from "../../messages/use-messages.ts";

const COLORS: Partial<Record<Submission["state"], string>> = {
  checking: "blue.9",
  ready: "violet.9",
  "in review": "violet.9",
  staged: "teal.9",
  published: "teal.9",
  "changes requested": "red.9",
};

export function SubmissionState({ state }: Pick<Submission, "state">) {
  const { official } = useMessages();
  return <Badge color={COLORS[state] ?? "gray.8"}>{official.states[state]}</Badge>;
}
