import { generateKeyPairSync, sign } from "node:crypto";
import type { PinnedBases } from "../builder.ts";
import { GrpcError } from "./grpc-client.ts";
import type { Service } from "./session.ts";
import { encode, type Message } from "./wire-message.ts";

const AUTH = "/moby.filesync.v1.Auth";
const DENIED = 7;
const UNIMPLEMENTED = 12;
const PULL = /^repository:(.+):pull$/;
const RAW_KEY_BYTES = 32;

/**
 * What BuildKit asks for when a registry wants a token: one for images of this hub that the build is based on, which lies in its memory
 * alone. It is given no password, and for whatever else nothing.
 */
export function servePullTokens(pinned: PinnedBases): Readonly<Record<string, Service>> {
  // BuildKit uses a token for those alone who hold the key that asked for it.
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-RAW_KEY_BYTES);
  const isOwn = (host: string) =>
    pinned.bases.some(({ reference }) => reference.startsWith(`${host}/`));
  return {
    [`${AUTH}/GetTokenAuthority`]: answering(async (message) => {
      // It goes on without where this is not offered for a registry.
      if (!isOwn(message.text(1))) throw new GrpcError(UNIMPLEMENTED, "this is not offered");
      return encode([[1, raw]]);
    }),
    [`${AUTH}/VerifyTokenAuthority`]: answering(async (message) => {
      const payload = message.bytes(2);
      return encode([[1, Buffer.concat([sign(null, payload, privateKey), payload])]]);
    }),
    [`${AUTH}/FetchToken`]: answering(async (message) => {
      const scopes = message.texts(5).flatMap((text) => text.split(" "));
      const [repository, ...others] = scopes.map((scope) => PULL.exec(scope)?.[1]);
      if (repository === undefined || others.length > 0)
        throw new GrpcError(DENIED, "a build is given a token for one image, to pull it");
      const token = await pinned.findToken(message.text(2), repository);
      if (token === undefined)
        throw new GrpcError(DENIED, `${repository} is no image that this build is based on`);
      return encode([
        [1, token.text],
        [2, token.lifetimeSeconds],
        [3, Math.floor(Date.now() / 1000)],
      ]);
    }),
  };
}

function answering(reply: (message: Message) => Promise<Buffer>): Service {
  return async ({ messages, answer }) => {
    for await (const message of messages) await answer(await reply(message));
  };
}
