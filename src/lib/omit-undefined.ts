type WithoutUndefined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** A copy in which a property that is undefined is absent, as `exactOptionalPropertyTypes` wants it. */
export function omitUndefined<T extends object>(properties: T): WithoutUndefined<T> {
  const present = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as WithoutUndefined<T>;
}
