import { Paper, Tabs, Title } from "@mantine/core";
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
export function PullCommands(props: { readonly name: string; readonly reference?: string }) {
  const { name, reference = ":latest" } = props;
  const { repository } = useMessages();
  const image = `${window.location.host}/${name}${reference}`;
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        {repository.pull}
      </Title>
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
