import type { GrpcClient } from "./grpc-client.ts";
import { encode, type Message } from "./wire-message.ts";

const LIST = "/moby.buildkit.v1.Control/ListWorkers";

/** What it can build for, such as `linux/amd64`. Throws when this is no BuildKit. */
export async function listPlatforms(
  client: GrpcClient,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const answer = await client.call(LIST, encode([]), signal);
  const workers = answer?.messages(1) ?? [];
  return [...new Set(workers.flatMap((worker) => worker.messages(3).map(printPlatform)))];
}

function printPlatform(platform: Message): string {
  const parts = [platform.text(2), platform.text(1), platform.text(3)];
  return parts.filter((part) => part !== "").join("/");
}
