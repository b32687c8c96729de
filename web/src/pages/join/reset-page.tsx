import { useSearch } from "@tanstack/react-router";
import { AskForReset } from "./ask-for-reset.tsx";
import { SetPassword } from "./set-password.tsx";

/** Without the secret of a letter one asks for the letter; with it one chooses the password. */
export function ResetPage() {
  const { secret } = useSearch({ from: "/reset" });
  return secret === undefined ? <AskForReset /> : <SetPassword secret={secret} />;
}
