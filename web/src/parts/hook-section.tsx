import { Badge, Button, Group, Switch, Text } from "@mantine/core";
import { HOOKS_KEY, hookDeeds, type Webhook } from "../api/hooks.ts";
import { useDeed } from "../api/use-deed.ts";
import { useMessages } from "../messages/use-messages.ts";
import { ConfirmButton } from "./confirm-button.tsx";
import { DeliveryTable } from "./delivery-table.tsx";
import { ProblemText } from "./problem-text.tsx";
import { Section } from "./section.tsx";

/** One webhook: where it sends what, switched on and off, tried out. */
export function HookSection({ hook }: { readonly hook: Webhook }) {
  const { hooks: texts, common, words } = useMessages();
  const { id, label, url, format, events, tags, isActive, isSigned } = hook;
  const change = useDeed(hookDeeds.change, HOOKS_KEY);
  const removal = useDeed(hookDeeds.remove, HOOKS_KEY);
  const ping = useDeed(hookDeeds.ping, HOOKS_KEY);
  return (
    <Section title={label}>
      <Text className="name">{url}</Text>
      <Group gap="xs" my="xs">
        <Badge variant="default">{format}</Badge>
        {isSigned ? <Badge color="teal.9">{texts.signed}</Badge> : null}
        <Text size="sm" className="name">
          {[...events.map(words.event), ...(tags === undefined ? [] : [tags])].join(", ")}
        </Text>
      </Group>
      <Group mb="xs">
        <Switch
          label={texts.active(label)}
          checked={isActive}
          onChange={({ currentTarget }) => change.mutate({ id, isActive: currentTarget.checked })}
        />
        <Button
          size="xs"
          variant="default"
          aria-label={texts.pingOne(label)}
          loading={ping.isPending}
          onClick={() => ping.mutate(id)}
        >
          {texts.ping}
        </Button>
        <ConfirmButton
          text={common.remove}
          label={texts.removeOne(label)}
          explain={texts.removeExplain}
          loading={removal.isPending}
          onConfirm={() => removal.mutate(id)}
        />
        <Text size="sm" role="status">
          {ping.isSuccess ? texts.pinged : ""}
        </Text>
      </Group>
      <ProblemText error={change.error ?? removal.error ?? ping.error} />
      <DeliveryTable hook={id} label={label} />
    </Section>
  );
}
