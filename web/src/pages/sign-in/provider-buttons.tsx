import { Button, Divider, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { withQuery } from "../../api/ask.ts";
import { providersQuery } from "../../api/session.ts";
import { useMessages } from "../../messages/use-messages.ts";

/** Where people of other systems log in: they leave this page and come back with a session. */
export function ProviderButtons({ next }: { readonly next: string }) {
  const { signIn } = useMessages();
  const providers = useQuery(providersQuery).data?.items ?? [];
  if (providers.length === 0) return null;
  return (
    <Stack mt="md">
      <Divider label={signIn.or} />
      {providers.map(({ name, path }) => (
        <Button
          key={name}
          component="a"
          variant="default"
          href={withQuery(path as `/${string}`, { return: next })}
        >
          {signIn.with(name)}
        </Button>
      ))}
    </Stack>
  );
}
