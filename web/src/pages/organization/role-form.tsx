import { Checkbox, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { NewRole, Role } from "../../api/organizations.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { SmallForm } from "../../parts/small-form.tsx";

type Permission = Role["permissions"][number];

interface RoleFormProps {
  readonly label: string;
  readonly submit: string;
  /** What is there already. */
  readonly role?: Role;
  readonly deed: { readonly isPending: boolean; readonly error: Error | null };
  readonly onSubmit: (wish: NewRole, done: () => void) => void;
}

/** A name and the permissions that it stands for; the hub says which of them the caller may not give away. */
export function RoleForm({ label, submit, role, deed, onSubmit }: RoleFormProps) {
  const { organizations, common } = useMessages();
  const texts = organizations.roles;
  const [permissions, setPermissions] = useState<readonly string[]>(role?.permissions ?? []);
  return (
    <SmallForm
      stacked
      label={label}
      submit={submit}
      deed={deed}
      onSubmit={(typed, done) =>
        onSubmit(
          {
            ...{ name: typed("name").trim(), description: typed("description").trim() },
            permissions: permissions as Permission[],
          },
          () => {
            done();
            setPermissions([]);
          },
        )
      }
    >
      <TextInput
        name="name"
        label={common.name}
        defaultValue={role?.name}
        maxLength={64}
        required
      />
      <TextInput
        name="description"
        label={texts.description}
        defaultValue={role?.description}
        maxLength={500}
      />
      <Checkbox.Group
        label={texts.permissions}
        value={[...permissions]}
        onChange={setPermissions}
        required
      >
        <Stack gap={6} mt={6}>
          {Object.entries(texts.names).map(([value, name]) => (
            <Checkbox key={value} value={value} label={name} />
          ))}
        </Stack>
      </Checkbox.Group>
    </SmallForm>
  );
}
