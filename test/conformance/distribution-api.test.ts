import { afterAll, beforeAll, describe } from "vitest";
import { startHub } from "../harness/hub.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { describeDistributionApi } from "./distribution-api.ts";
import type { Target } from "./target.ts";

const URL_OF_ANOTHER = process.env.BERTH_CONFORMANCE_URL;
const USER_OF_ANOTHER = process.env.BERTH_CONFORMANCE_USER;

describe(`the distribution API of ${URL_OF_ANOTHER ?? "Berth"}`, () => {
  const running = new AsyncDisposableStack();
  let target: Target;

  beforeAll(async () => {
    const url = URL_OF_ANOTHER ?? running.use(await startHub()).url;
    const user = userOf(USER_OF_ANOTHER);
    const client = running.use(new RegistryClient(url, user && { user }));
    target = { client, random: new Randomness() };
  });
  afterAll(() => running.disposeAsync());

  describeDistributionApi(() => target);
});

function userOf(text: string | undefined) {
  if (text === undefined) return undefined;
  const colon = text.indexOf(":");
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
