import { CommandError, type Invocation } from "../cli/command.ts";
import { findCredentials } from "../cli/hub-connection.ts";
import { RegistryClient } from "../client/registry-client.ts";
import { type ImageName, splitImageName } from "../oci/image-name.ts";
import { isRepositoryName } from "../oci/name.ts";

/** The repository of an image that somebody typed, at whichever registry, and how it is called. */
export async function openRepository(
  invocation: Invocation,
  wish: { readonly pushes: boolean },
): Promise<{
  readonly registry: RegistryClient;
  readonly image: ImageName;
  readonly host: string;
}> {
  const { operands, options, terminal } = invocation;
  const image = splitImageName(operands[0] ?? "");
  const { repository } = image;
  if (!isRepositoryName(repository)) {
    throw new CommandError("usage", `"${repository}" is not the name of a repository`);
  }
  const hub = options.hub ?? image.host;
  const { url, credentials } = await findCredentials({
    ...invocation,
    options: { ...options, hub },
  });
  const { signal } = terminal;
  const registry = new RegistryClient({ url, credentials, repository, ...wish, signal });
  return { registry, image, host: url.host };
}
