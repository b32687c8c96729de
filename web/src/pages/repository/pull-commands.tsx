import { Group, Paper, Switch, Tabs, Title } from "@mantine/core";
import { useState } from "react";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";

interface Snippet {
  readonly client: string;
  readonly print: (image: string) => string;
}

const SNIPPETS: readonly Snippet[] = [
  { client: "docker", print: (image) => `docker pull ${image}` },
  { client: "podman", print: (image) => `podman pull ${image}` },
  { client: "containerd", print: (image) => `ctr images pull ${image}` },
  {
    client: "Kubernetes",
    print: (image) => `containers:\n  - name: app\n    image: ${image}`,
  },
];

/** How clients get an image, ready to be copied. */
export function PullCommands(props: {
  readonly name: string;
  readonly reference?: string;
  /** With it, one can choose a pull that is the same forever. */
  readonly digest?: string;
}) {
  const { name, reference = ":latest", digest } = props;
  const { repository } = useMessages();
  const [isExact, setExact] = useState(false);
  const image = `${window.location.host}/${name}${isExact ? `@${digest}` : reference}`;
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {repository.pull}
        </Title>
        {digest === undefined ? null : (
          <Switch
            label={repository.byDigest}
            checked={isExact}
            onChange={({ currentTarget }) => setExact(currentTarget.checked)}
          />
        )}
      </Group>
      <Tabs defaultValue="docker" keepMounted={false}>
        <Tabs.List mb="sm">
          {SNIPPETS.map(({ client }) => (
            <Tabs.Tab key={client} value={client}>
              {client}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {SNIPPETS.map(({ client, print }) => (
          <Tabs.Panel key={client} value={client}>
            <CommandLine text={print(image)} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Paper>
  );
}
