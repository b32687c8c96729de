import { Anchor, Badge, Breadcrumbs, Container, Group, Stack, Title } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { userQuery } from "../../api/users.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { NewPasswordSection, TwoFactorSection } from "./login-sections.tsx";
import { UserIdentities } from "./user-identities.tsx";
import { UserSessions } from "./user-sessions.tsx";

/** How somebody logs in, for the administrators who help them or shut them out. */
export function UserPage() {
  const { admin: texts } = useMessages();
  const { name } = useParams({ from: "/admin/users/$name" });
  const { data: user } = useSuspenseQuery(userQuery(name));
  usePageTitle(user.name);
  return (
    <Container size="lg" px={0}>
      <Breadcrumbs>
        <Anchor renderRoot={(props) => <Link to="/admin" search={{ tab: "users" }} {...props} />}>
          {texts.tabs.users}
        </Anchor>
      </Breadcrumbs>
      <Group mb="md">
        <Title order={1} size="h2" className="name">
          {user.name}
        </Title>
        <Badge variant="outline">{texts.roles[user.role ?? "none"]}</Badge>
        {user.isDisabled ? <Badge color="gray.8">{texts.disabled}</Badge> : null}
      </Group>
      <Stack>
        <UserIdentities name={user.name} />
        <UserSessions name={user.name} />
        <TwoFactorSection user={user} />
        <NewPasswordSection name={user.name} />
      </Stack>
    </Container>
  );
}
