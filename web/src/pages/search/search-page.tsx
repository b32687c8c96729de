import { Container, Stack, Text, TextInput, Title } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMessages } from "../../messages/use-messages.ts";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { FindingHolders } from "./finding-holders.tsx";
import { PackageHolders } from "./package-holders.tsx";

const IDLE = { isPending: false, error: null };

/** Which images of the hub have a vulnerability or a package. */
export function SearchPage() {
  const { whoHas: texts } = useMessages();
  const { vulnerability = "", package: name = "", below = "" } = useSearch({ from: "/search" });
  const navigate = useNavigate({ from: "/search" });
  usePageTitle(texts.title);
  return (
    <Container size="lg" px={0}>
      <Title order={1} mb="xs">
        {texts.title}
      </Title>
      <Text mb="md">{texts.explain}</Text>
      <Stack>
        <Section title={texts.vulnerability}>
          <SmallForm
            key={vulnerability}
            label={texts.vulnerability}
            submit={texts.find}
            deed={IDLE}
            onSubmit={(typed) =>
              void navigate({ search: { vulnerability: typed("vulnerability").trim() } })
            }
          >
            <TextInput
              name="vulnerability"
              label={texts.vulnerability}
              placeholder={texts.vulnerabilityHint}
              defaultValue={vulnerability}
              minLength={3}
              required
            />
          </SmallForm>
          {vulnerability === "" ? null : <FindingHolders vulnerability={vulnerability} />}
        </Section>
        <Section title={texts.package}>
          <SmallForm
            key={`${name} ${below}`}
            label={texts.package}
            submit={texts.find}
            deed={IDLE}
            onSubmit={(typed) =>
              void navigate({
                search: { package: typed("package").trim(), below: typed("below").trim() },
              })
            }
          >
            <TextInput
              name="package"
              label={texts.package}
              placeholder={texts.packageHint}
              defaultValue={name}
              required
            />
            <TextInput name="below" label={texts.below} defaultValue={below} />
          </SmallForm>
          {name === "" ? null : <PackageHolders {...{ name, below }} />}
        </Section>
      </Stack>
    </Container>
  );
}
