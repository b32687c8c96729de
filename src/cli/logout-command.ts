import { z } from "zod";
import { eraseDockerCredentials } from "../client/docker-credentials.ts";
import type { Command } from "./command.ts";
import { chooseHub, dockerDirectory } from "./hub-connection.ts";

const logoutOptions = z.object({ json: z.boolean().default(false) });

export const logoutCommand: Command = {
  name: "logout",
  describe: (line) =>
    line
      .summary("forget the login to a hub, docker's too")
      .description(
        "Forgets what `berth login` or `docker login` has kept for the hub on this machine.",
      )
      .argument("[hub]", "its address (default: $BERTH_URL or http://127.0.0.1:5000)"),
  run: async ({ operands, options, terminal }) => {
    const { json } = logoutOptions.parse(options);
    const { host } = chooseHub(operands[0], terminal.environment);
    const wasKnown = await eraseDockerCredentials(host, dockerDirectory(terminal.environment));
    if (json) terminal.printJson({ hub: host, wasLoggedIn: wasKnown });
    else terminal.print(wasKnown ? `logged out of ${host}` : `there was no login to ${host}`);
    return "ok";
  },
};
