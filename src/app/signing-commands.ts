import type { Command } from "../cli/command.ts";
import { addConnectionOptions } from "../cli/hub-connection.ts";

const KEY_OPTION = [
  "--key <file>",
  "the private key, of cosign's format or PEM; its passphrase is asked for, or $COSIGN_PASSWORD",
] as const;

const generateKeysCommand: Command = {
  name: "keys generate",
  describe: (line) =>
    line
      .summary("make a key that signs images")
      .description(
        "Writes cosign.key, encrypted by a passphrase (asked for, or $COSIGN_PASSWORD), and cosign.pub. cosign reads both.",
      )
      .option("--output <prefix>", "the names before .key and .pub", "cosign"),
  run: async (invocation) => (await import("./sign-image.ts")).generateKeys(invocation),
};

const signCommand: Command = {
  name: "sign",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("sign an image with a key")
      .description(
        "Signs what the name stands for now and attaches the signature to it, as `cosign sign` does: cosign verifies it\n" +
          "with --key cosign.pub --insecure-ignore-tlog=true, as nothing is written into a public log.",
      )
      .argument("<image>", "such as hub.example.com/acme/api:1.2")
      .requiredOption(...KEY_OPTION)
      .option("--simple", "also sign in the older form, under the tag sha256-<digest>.sig"),
  run: async (invocation) => (await import("./sign-image.ts")).signImage(invocation),
};

const attestCommand: Command = {
  name: "attest",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("attach a signed claim to an image")
      .argument("<image>", "such as hub.example.com/acme/api:1.2")
      .requiredOption(...KEY_OPTION)
      .requiredOption("--predicate <file>", "what is claimed, as JSON")
      .requiredOption(
        "--type <type>",
        "slsaprovenance, spdx, cyclonedx, vuln, openvex, or the address of another type",
      ),
  run: async (invocation) => (await import("./sign-image.ts")).attestImage(invocation),
};

const verifyCommand: Command = {
  name: "verify",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("see who signed an image")
      .description(
        "Fetches the signatures and verifies them here, so that neither the registry nor the network need be trusted. Prints\n" +
          "the digest, as docker shows it, and who signed it. Ends with 1 if nobody did who is trusted here. Without a key, an\n" +
          "identity or a store, the hub is asked what it verified by the keys that it trusts (see berth keys add).",
      )
      .argument("<image>", "an image of any registry, or with --layout its name in there")
      .option("--key <file...>", "public keys, as PEM")
      .option("--issuer <url>", "with --identity: who vouches for it")
      .option(
        "--identity <name>",
        "a keyless signer: an address, a workflow; * stands for anything",
      )
      .option(
        "--trusted-root <file>",
        "sigstore's trusted_root.json (default: the public sigstore)",
      )
      .option("--trust-store <file...>", "of Notation: certificates of signers, as PEM")
      .option("--tsa <file...>", "of Notation: certificates of authorities for times, as PEM")
      .option("--type <type>", "an attestation of this type instead of a signature")
      .option("--layout <directory>", "take everything from an OCI image layout, without network"),
  run: async (invocation) => (await import("./verify-image.ts")).verifyImage(invocation),
};

/** For people without cosign, and for what cosign writes. */
export const SIGNING_COMMANDS: readonly Command[] = [
  signCommand,
  attestCommand,
  verifyCommand,
  generateKeysCommand,
];
