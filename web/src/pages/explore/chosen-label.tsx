import { Button, Group, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMessages } from "../../messages/use-messages.ts";
import { params } from "../../search-params.ts";

/** Of which label the repositories in sight are, and the way back to all: labels are too many to choose from, images lead here. */
export function ChosenLabel({ label }: { readonly label: string | undefined }) {
  const { explore } = useMessages();
  const navigate = useNavigate({ from: "/" });
  if (label === undefined) return null;
  return (
    <Group mb="md" gap="xs">
      <Text className="name">{explore.withLabel(label)}</Text>
      <Button
        size="xs"
        variant="default"
        onClick={() => void navigate({ search: (now) => params({ ...now, label: undefined }) })}
      >
        {explore.anyLabel}
      </Button>
    </Group>
  );
}
