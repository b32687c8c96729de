import { Alert, Stack, Text } from "@mantine/core";
import { useMessages } from "../messages/use-messages.ts";
import { CommandLine } from "./command-line.tsx";

/** A secret that is shown this once, and how docker logs in with it. */
export function LoginSecret({ user, secret }: { readonly user: string; readonly secret: string }) {
  const { common } = useMessages();
  return (
    <Alert color="green" title={common.once} role="status">
      <Stack gap="xs">
        <CommandLine text={secret} label={common.secret} />
        <Text size="sm">{common.login}</Text>
        <CommandLine text={`docker login --username ${user} ${window.location.host}`} />
      </Stack>
    </Alert>
  );
}
