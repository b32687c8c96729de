/** The commands of a RUN, split where the shell splits them; good enough to ask which programs run with which arguments. */
export function splitCommands(text: string): string[][] {
  return text
    .split(/&&|\|\||[;|\n]|(?<![&>])&(?![&>])/)
    .map((command) =>
      command
        .trim()
        .replace(/^(?:[({!]\s*|(?:if|then|do|else|while|time|exec)\s+|[A-Za-z_]\w*=\S*\s+)+/, ""),
    )
    .filter((command) => command !== "")
    .map((command) => command.split(/\s+/));
}

/** What a package manager is asked to do: its first argument that is no option. */
export function verbOf([, ...words]: readonly string[]): string {
  return words.find((word) => !word.startsWith("-")) ?? "";
}

/** Whether one of the options is there, also among short ones written together. */
export function hasOption(command: readonly string[], options: readonly string[]): boolean {
  return command.some((word) =>
    options.some((option) =>
      option.startsWith("--")
        ? word === option || word.startsWith(`${option}=`)
        : new RegExp(`^-[a-zA-Z]*${option.slice(1)}[a-zA-Z]*$`).test(word),
    ),
  );
}

/** Programs by the last part of their path. */
export function programOf([program = ""]: readonly string[]): string {
  return program.slice(program.lastIndexOf("/") + 1);
}
