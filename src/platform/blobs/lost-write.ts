/**
 * A sync failed: some of what was written is lost, and nobody can tell what. The kernel reports it once and then
 * forgets it, so a later sync of the same file would succeed all the same. The file must be thrown away.
 */
export class LostWriteError extends Error {
  override readonly name = "LostWriteError";

  constructor(cause: unknown) {
    super("the disk did not keep what was written", { cause });
  }
}
