/** Where in a policy; both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A policy that cannot be read, with the place and what would be right there. */
export class RetentionSyntaxError extends Error {
  override readonly name = "RetentionSyntaxError";
  readonly place: Place;
  readonly why: string;

  constructor(place: Place, why: string) {
    super(`line ${place.line}, column ${place.column}: ${why}`);
    this.place = place;
    this.why = why;
  }
}
