import { Radio, Stack, Text, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import {
  type RepositoryView,
  repositoryDeeds,
  useDescribe,
  useRemoveRepository,
} from "../../api/repositories.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { DescribeRepository } from "../repository/describe-repository.tsx";

const VISIBILITIES = ["private", "public"] as const;

import { CategoriesSection } from "./categories-section.tsx";

/** What it is called, who sees it, and whether it is there at all. */
export function GeneralPanel({ repository }: { readonly repository: RepositoryView }) {
  const { settings: texts, repository: words } = useMessages();
  const { name, visibility, description } = repository;
  const change = useDescribe(name);
  return (
    <Stack>
      <Section title={words.readme}>
        <Text className="name">{description}</Text>
        <DescribeRepository repository={repository} />
      </Section>
      <CategoriesSection repository={repository} />
      <Section title={texts.visibility}>
        <SmallForm
          stacked
          label={texts.visibility}
          submit={texts.setVisibility}
          deed={change}
          onSubmit={(typed) =>
            change.mutate({ visibility: typed("visibility") === "public" ? "public" : "private" })
          }
        >
          <Radio.Group
            key={visibility}
            name="visibility"
            aria-label={texts.visibility}
            defaultValue={visibility}
          >
            <Stack gap="xs">
              {VISIBILITIES.map((value) => (
                <Radio key={value} value={value} label={texts.visibilities[value]} />
              ))}
            </Stack>
          </Radio.Group>
        </SmallForm>
      </Section>
      <MoveSection name={name} />
      <DeleteSection name={name} />
    </Stack>
  );
}

function MoveSection({ name }: { readonly name: string }) {
  const { settings: texts } = useMessages();
  const navigate = useNavigate();
  const move = useDeed(repositoryDeeds.move, ["repositories"]);
  return (
    <Section title={texts.move}>
      <Text mb="xs">{texts.moveExplain}</Text>
      <SmallForm
        label={texts.move}
        submit={texts.moveSubmit}
        deed={move}
        onSubmit={(typed) => {
          const to = typed("to").trim();
          const onSuccess = () => void navigate({ to: "/r/$", params: { _splat: to } });
          move.mutate({ from: name, to }, { onSuccess });
        }}
      >
        <TextInput name="to" label={texts.newName} defaultValue={name} required />
      </SmallForm>
    </Section>
  );
}

function DeleteSection({ name }: { readonly name: string }) {
  const { settings: texts } = useMessages();
  const navigate = useNavigate();
  const removal = useRemoveRepository(name, () => navigate({ to: "/" }));
  return (
    <Section title={texts.delete}>
      <Text mb="xs">{texts.deleteExplain}</Text>
      <SmallForm
        label={texts.delete}
        submit={texts.delete}
        isFinal
        deed={removal}
        onSubmit={() => removal.mutate()}
      >
        <TextInput
          name="typed"
          label={texts.typeName(name)}
          autoComplete="off"
          pattern={name.replaceAll(".", "\\.")}
          required
        />
      </SmallForm>
    </Section>
  );
}
