import { ConfirmIdentity, isConfirmationWanted } from "./confirm-identity.tsx";
import { ProblemText } from "./problem-text.tsx";

/** Why something was not done; where the hub wants a fresh proof of who asks, that is asked for, and it is done again. */
export function DeedProblem(props: {
  readonly deed: { readonly error: Error | null; readonly reset: () => void };
  readonly again: () => void;
}) {
  const { deed, again } = props;
  return (
    <>
      <ProblemText error={isConfirmationWanted(deed.error) ? null : deed.error} />
      <ConfirmIdentity error={deed.error} onConfirmed={again} onCancel={deed.reset} />
    </>
  );
}
