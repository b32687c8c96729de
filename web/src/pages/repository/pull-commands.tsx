import { Group, NativeSelect, Paper, Switch, Tabs, Title } from "@mantine/core";
import { useState } from "react";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";

interface Snippet {
  readonly client: string;
  /** `platform` is empty for that of the machine. */
  readonly print: (image: string, platform: string) => string;
}

const SNIPPETS: readonly Snippet[] = [
  { client: "docker", print: (...wish) => `docker pull ${withPlatform(...wish)}` },
  { client: "podman", print: (...wish) => `podman pull ${withPlatform(...wish)}` },
  { client: "containerd", print: (...wish) => `ctr images pull ${withPlatform(...wish)}` },
  {
    client: "Kubernetes",
    print: (image, platform) =>
      `${nodeOf(platform)}containers:\n  - name: app\n    image: ${image}`,
  },
];

function withPlatform(image: string, platform: string): string {
  return platform === "" ? image : `--platform ${platform} ${image}`;
}

/** Kubernetes pulls what the node runs on: which nodes is what can be said. */
function nodeOf(platform: string): string {
  if (platform === "") return "";
  const [os = "", architecture = ""] = platform.split("/");
  return `nodeSelector:\n  kubernetes.io/os: ${os}\n  kubernetes.io/arch: ${architecture}\n`;
}

/** How clients get an image, ready to be copied. */
export function PullCommands(props: {
  readonly name: string;
  readonly reference?: string;
  /** With it, one can choose a pull that is the same forever. */
  readonly digest?: string;
  /** Of an index: one can be chosen. */
  readonly platforms?: readonly string[];
}) {
  const { name, reference = ":latest", digest, platforms = [] } = props;
  const { repository } = useMessages();
  const [isExact, setExact] = useState(false);
  const [wish, setPlatform] = useState("");
  const platform = platforms.includes(wish) ? wish : "";
  const image = `${window.location.host}/${name}${isExact ? `@${digest}` : reference}`;
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {repository.pull}
        </Title>
        {platforms.length < 2 ? null : (
          <NativeSelect
            aria-label={repository.platform}
            value={platform}
            onChange={({ currentTarget }) => setPlatform(currentTarget.value)}
            data={[
              { value: "", label: repository.ownPlatform },
              ...platforms.map((one) => ({ value: one, label: one })),
            ]}
          />
        )}
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
            <CommandLine text={print(image, platform)} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Paper>
  );
}
