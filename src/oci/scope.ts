/** Actions on one resource, as clients ask the token service for them: `repository:library/app:pull,push`. */
export interface Scope {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}
