import { Container, Stack, Text, Title } from "@mantine/core";
import { useHub } from "../../api/hub.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { HoldersSection } from "./holders-section.tsx";
import { ImagesSection } from "./images-section.tsx";
import { SubmissionsSection } from "./submissions-section.tsx";
import { SubmitForm } from "./submit-form.tsx";

/** The programme by which the hub vouches for a few images. */
export function OfficialPage() {
  const { official: texts } = useMessages();
  const { account } = useHub();
  const isAdministrator = account?.role === "administrator";
  usePageTitle(texts.title);
  return (
    <Container size="lg" px={0}>
      <Title order={1}>{texts.title}</Title>
      <Text mb="md">{texts.explain}</Text>
      <Stack>
        <ImagesSection mayChange={isAdministrator} />
        {account === undefined ? null : (
          <>
            <SubmissionsSection />
            <SubmitForm />
          </>
        )}
        {isAdministrator ? (
          <>
            <HoldersSection kind="reviewers" />
            <HoldersSection kind="publishers" />
          </>
        ) : null}
      </Stack>
    </Container>
  );
}
