import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ANCHOR_KINDS, TRUST_PATH, trustAnchor } from "../contract/signatures.ts";
import { apiCommand, nothing, table } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";

const anchors = z.object({ items: z.array(trustAnchor) });
const addOptions = z.object({
  kind: z.enum(ANCHOR_KINDS, { error: `must be one of ${ANCHOR_KINDS.join(", ")}` }),
});

const listCommand = apiCommand({
  name: "keys list",
  summary: "show whose signatures count",
  description:
    "Shows the keys and certificates that are trusted in the hub, or in a user's or an organization's repositories.",
  describe: (line) => line.argument("[place]", "an organization or user, or hub", "hub"),
  plan: ({ operands: [place = "hub"] }) => ({
    line: `GET ${TRUST_PATH}/${encodeURIComponent(place)}`,
    answer: anchors,
  }),
  show: ({ items }) =>
    table([
      ["NAME", "KIND", "ADDED", "BY"],
      ...items.map(({ name, kind, createdAt, createdBy }) => [name, kind, createdAt, createdBy]),
    ]),
});

const addCommand = apiCommand({
  name: "keys add",
  summary: "have the hub trust a key or certificates",
  description:
    "Everything that was signed is verified anew. What is trusted lets nobody in by itself: policies say whose signature they ask for.",
  describe: (line) =>
    line
      .argument("<name>", "release of the hub, acme/release of acme")
      .argument("<file>", "a public key, or certificates, as PEM")
      .option("--kind <kind>", "key (of cosign); of Notation: ca, signingAuthority, tsa", "key"),
  plan: async ({ operands: [text = "", file = ""], options }) => {
    const { path, name } = locate(text);
    const pem = await readPem(file);
    return {
      line: `POST ${path}`,
      body: { name, pem, ...addOptions.parse(options) },
      answer: nothing,
    };
  },
  show: (_answer, { operands }) => [`${operands[0]} is trusted`],
});

const removeCommand = apiCommand({
  name: "keys remove",
  summary: "have the hub trust a key or certificates no more",
  describe: (line) => line.argument("<name>", "release of the hub, acme/release of acme"),
  plan: ({ operands: [text = ""] }) => {
    const { path, name } = locate(text);
    return { line: `DELETE ${path}/${encodeURIComponent(name)}`, answer: nothing };
  },
  show: (_answer, { operands }) => [`${operands[0]} is trusted no more`],
});

/** Whose signatures count in the hub. */
export const TRUST_COMMANDS: readonly Command[] = [listCommand, addCommand, removeCommand];

function locate(text: string): { readonly path: string; readonly name: string } {
  const slash = text.lastIndexOf("/");
  const place = slash < 0 ? "hub" : text.slice(0, slash);
  return { path: `${TRUST_PATH}/${encodeURIComponent(place)}`, name: text.slice(slash + 1) };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new CommandError("usage", `could not read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
