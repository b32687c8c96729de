import { Paper, Stack, Text, Title } from "@mantine/core";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";

/** From a sign-in to the first image, in three lines. */
export function FirstPush({ account }: { readonly account: string | undefined }) {
  const { firstPush } = useMessages();
  const { host } = window.location;
  const image = `${host}/${account ?? "library"}/hello`;
  const steps = [
    ...(account === undefined
      ? []
      : [{ title: firstPush.login, line: `docker login -u ${account} ${host}` }]),
    { title: firstPush.tag, line: `docker tag IMAGE ${image}` },
    { title: firstPush.push, line: `docker push ${image}` },
  ];
  return (
    <Paper withBorder p="lg">
      <Title order={2} size="h3">
        {firstPush.title}
      </Title>
      <Text mb="md">{firstPush.explain}</Text>
      <Stack component="ol" pl="md">
        {steps.map(({ title, line }) => (
          <li key={line}>
            <Text fw={500}>{title}</Text>
            <CommandLine text={line} />
          </li>
        ))}
      </Stack>
    </Paper>
  );
}
