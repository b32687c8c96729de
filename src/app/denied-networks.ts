import { z } from "zod";
import type { BuilderCheck } from "../builds/index.ts";
import { loadSettings } from "./load-settings.ts";

/** `--deny-network`. */
export const denyNetwork = z.array(
  z.union([z.ipv4(), z.cidrv4(), z.ipv6(), z.cidrv6()], {
    error: "--deny-network takes addresses and networks, such as 198.51.100.0/24",
  }),
);

const options = z.object({ config: z.string().optional(), denyNetwork: denyNetwork.optional() });

export interface DeniedNetworks {
  readonly networks: readonly string[];
  /** Only one builder can deny them: whoever names them and builds by another is told. */
  readonly checks: readonly BuilderCheck[];
}

/** What builds of this machine are not to reach, of the command line or else of the hub's configuration. */
export function findDeniedNetworks(
  typed: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): DeniedNetworks {
  const { config, denyNetwork: given } = options.parse(typed);
  if (given !== undefined) return { networks: given, checks: [] };
  const { builder, network } = loadSettings({ config }, environment).config.builds;
  const networks = network.deny;
  const isHeld = builder === "buildah" || builder === "off";
  if (networks.length === 0 || isHeld) return { networks, checks: [] };
  return { networks, checks: [{ name: "builds.network.deny", ...describeUnheld(builder) }] };
}

function describeUnheld(builder: string): Omit<BuilderCheck, "name"> {
  const cure =
    builder === "agents"
      ? "start each agent with --builder buildah and --deny-network"
      : "set builds.builder: buildah";
  return { isFine: false, detail: `builds.builder: ${builder} does not deny them here: ${cure}` };
}
