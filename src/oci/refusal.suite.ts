import { expect } from "vitest";
import { OciError } from "./error.ts";

/** What `act` is refused with. Anything but an {@link OciError} fails the test: it would have been a 500. */
export function refusalOf(act: () => unknown): OciError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(OciError);
    if (error instanceof OciError) return error;
  }
  throw new Error("nothing was refused");
}
