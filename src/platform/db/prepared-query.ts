import type { Compilable, CompiledQuery, Kysely, QueryResult } from "kysely";

/** Stands in a query for a value that each execution brings. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

type Run<Tables, Values, Row> = (db: Kysely<Tables>, values: Values) => Promise<QueryResult<Row>>;

/**
 * A query that is built once for each connection and then only run: for a lookup by key, building costs three times as
 * much as running. `build` uses the properties of its second argument where the values will be, and nothing else of it:
 * it must neither look at them nor choose by them.
 */
export function prepareQuery<Tables, Values extends object, Row>(
  build: (db: Kysely<Tables>, values: Values) => Compilable<Row>,
): Run<Tables, Values, Row> {
  const built = new WeakMap<Kysely<Tables>, CompiledQuery<Row>>();
  const placeholders = new Proxy({} as Values, {
    get: (_target, name) => new Placeholder(String(name)),
  });
  return (db, values) => {
    let query = built.get(db);
    if (query === undefined) {
      query = build(db, placeholders).compile();
      built.set(db, query);
    }
    return db.executeQuery({ ...query, parameters: fillIn(query.parameters, values) });
  };
}

function fillIn(parameters: readonly unknown[], values: object): readonly unknown[] {
  const given = values as Readonly<Record<string, unknown>>;
  return parameters.map((parameter) =>
    parameter instanceof Placeholder ? given[parameter.name] : parameter,
  );
}
