import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import {
  deedsOf,
  type Machine,
  type MachineNoun,
  machinesQuery,
  type OrganizationView,
} from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CiRulesSection } from "../../parts/ci-rules-section.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { LoginSecret } from "../../parts/login-secret.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { NewMachineForm } from "./new-machine-form.tsx";

const NOUNS = ["robots", "tokens"] as const;

/** What logs in for the organization without being anybody. */
export function MachinesPanel({ organization }: { readonly organization: OrganizationView }) {
  const { organizations: texts, common } = useMessages();
  const { name, permissions } = organization;
  const mayManage = permissions.includes("machine.manage");
  const robots = useQuery({ ...machinesQuery(name, "robots"), throwOnError: true });
  const tokens = useQuery({ ...machinesQuery(name, "tokens"), throwOnError: true });
  const found = { robots: robots.data?.items ?? [], tokens: tokens.data?.items ?? [] };
  return (
    <Stack>
      <Text>{texts.machinesExplain}</Text>
      {mayManage ? <NewMachineForm name={name} /> : null}
      <DataTable
        label={texts.tabs.machines}
        columns={[
          ...[common.name, texts.kind, texts.repositoriesOf, common.lastUse, common.expires],
          common.actions,
        ]}
      >
        {NOUNS.flatMap((noun) =>
          found[noun].map((machine) => (
            <MachineRow key={machine.id} {...{ name, noun, machine, mayManage }} />
          )),
        )}
      </DataTable>
      <CiRulesSection organization={name} mayManage={mayManage} />
    </Stack>
  );
}

interface RowProps {
  readonly name: string;
  readonly noun: MachineNoun;
  readonly machine: Machine;
  readonly mayManage: boolean;
}

function MachineRow({ name, noun, machine, mayManage }: RowProps) {
  const { organizations: texts, common, words } = useMessages();
  const { label, user, resources, lastUse, expiresAt } = machine;
  return (
    <Table.Tr>
      <Table.Td className="name">
        {label}
        <Text size="xs" c="dimmed">
          {user}
        </Text>
      </Table.Td>
      <Table.Td>{texts.kinds[noun]}</Table.Td>
      <Table.Td>
        {resources.map(({ repositories, actions }) => (
          <Text key={`${repositories} ${actions}`} size="sm" className="name">
            {repositories}: {actions.map(words.action).join(", ")}
          </Text>
        ))}
      </Table.Td>
      <Table.Td>
        <TimeAgo at={lastUse?.at} />
      </Table.Td>
      <Table.Td>{expiresAt === undefined ? common.forever : <TimeAgo at={expiresAt} />}</Table.Td>
      <Table.Td>{mayManage ? <MachineDeeds {...{ name, noun, machine }} /> : null}</Table.Td>
    </Table.Tr>
  );
}

function MachineDeeds({ name, noun, machine }: Omit<RowProps, "mayManage">) {
  const { organizations: texts, common } = useMessages();
  const deeds = deedsOf(name);
  const rotation = useDeed(deeds.rotateMachine, ["organization", name, noun]);
  const removal = useDeed(deeds.removeMachine, ["organization", name, noun]);
  const { id, user, label } = machine;
  return (
    <Stack gap="xs">
      <ConfirmButton
        text={texts.rotate}
        label={texts.rotateOne(label)}
        explain={texts.rotateExplain}
        loading={rotation.isPending}
        onConfirm={() => rotation.mutate({ noun, id, user })}
      />
      <ConfirmButton
        text={common.remove}
        label={common.removeOne(label)}
        explain={texts.removeMachine}
        loading={removal.isPending}
        onConfirm={() => removal.mutate({ noun, id })}
      />
      <ProblemText error={rotation.error ?? removal.error} />
      {rotation.data === undefined ? null : <LoginSecret {...rotation.data} />}
    </Stack>
  );
}
