import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { queryClient } from "./api/query-client.ts";
import { MessagesProvider } from "./messages/messages-provider.tsx";
import { Announcements } from "./parts/announcements.tsx";
import { router } from "./router.tsx";
import { styleNonce } from "./style-nonce.ts";
import { theme } from "./theme.ts";

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => styleNonce}>
      <MessagesProvider>
        <QueryClientProvider client={queryClient}>
          <Announcements />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MessagesProvider>
    </MantineProvider>
  );
}
