import { Center, Loader } from "@mantine/core";
import { useMessages } from "../messages/use-messages.ts";

export function Loading() {
  const { failure } = useMessages();
  return (
    <Center mih="40vh">
      <Loader role="status" aria-label={failure.loading} />
    </Center>
  );
}
