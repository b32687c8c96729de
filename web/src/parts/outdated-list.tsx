import { Button, Group, Text } from "@mantine/core";
import type { QueryKey } from "@tanstack/react-query";
import { useOutdated } from "../api/use-outdated.ts";

/** Says of a long list that it is not what there is now, and shows it anew when somebody wants to. */
export function OutdatedList(props: {
  readonly queryKey: QueryKey;
  readonly texts: { readonly outdated: string; readonly renew: string };
}) {
  const { isOutdated, renew } = useOutdated(props.queryKey);
  if (!isOutdated) return null;
  return (
    <Group mb="sm" role="status">
      <Text size="sm">{props.texts.outdated}</Text>
      <Button size="xs" variant="default" onClick={renew}>
        {props.texts.renew}
      </Button>
    </Group>
  );
}
