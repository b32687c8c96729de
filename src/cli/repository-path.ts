/** The name of a repository as the end of a path: its slashes stay. */
export function repositoryPath(operand: string | undefined): string {
  return (operand ?? "").split("/").map(encodeURIComponent).join("/");
}
