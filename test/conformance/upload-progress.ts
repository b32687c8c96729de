import { expect } from "vitest";
import type { RegistryClient } from "../harness/registry-client.ts";

/** Waits until the server has let go of a connection that broke off: the session can be cancelled, or is gone. */
export async function waitUntilReleased(client: RegistryClient, location: string): Promise<void> {
  await expect
    .poll(async () => (await client.delete(location)).status, { timeout: 10_000 })
    .toSatisfy((status: number) => status === 204 || status === 404);
}
