interface Series {
  readonly labels: string;
  /** How many took no longer than each bound and longer than the one before. */
  readonly counts: number[];
  sum: number;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "other"];
/** Class 0 is for answers that never got to their end. */
const STATUS_CLASSES = ["cut", "1xx", "2xx", "3xx", "4xx", "5xx"];
const BOUNDS_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600];

interface RequestDuration {
  /** One of a fixed set: each makes series of its own. */
  readonly route: string;
  readonly method: string;
  readonly status: number | "cut";
  readonly seconds: number;
}

/**
 * A Prometheus histogram. prom-client's takes two microseconds for each value, which is a tenth of what the registry
 * needs to answer a request from memory; this one takes a thirtieth of that.
 */
export class RequestDurations {
  readonly #name: string;
  readonly #routes = new Map<string, (Series | undefined)[]>();

  constructor(name: string) {
    this.#name = name;
  }

  record(duration: RequestDuration): void {
    const { route, method, status, seconds } = duration;
    const knownMethod = METHODS.indexOf(method);
    const methodIndex = knownMethod === -1 ? METHODS.length - 1 : knownMethod;
    const statusIndex = status === "cut" ? 0 : Math.min(5, Math.floor(status / 100));
    const series = this.#seriesOf(route, methodIndex * STATUS_CLASSES.length + statusIndex);
    let bound = 0;
    while (bound < BOUNDS_SECONDS.length && seconds > (BOUNDS_SECONDS[bound] ?? 0)) bound += 1;
    series.counts[bound] = (series.counts[bound] ?? 0) + 1;
    series.sum += seconds;
  }

  /** In the text format of Prometheus. */
  expose(): string {
    const lines = [
      `# HELP ${this.#name} Time from a request's head to the end of its answer`,
      `# TYPE ${this.#name} histogram`,
    ];
    for (const all of this.#routes.values()) {
      for (const series of all) if (series !== undefined) lines.push(...this.#expose(series));
    }
    return `${lines.join("\n")}\n`;
  }

  *#expose({ labels, counts, sum }: Series): Generator<string> {
    let total = 0;
    for (const [index, count] of counts.entries()) {
      total += count;
      const bound = BOUNDS_SECONDS[index] ?? "+Inf";
      yield `${this.#name}_bucket{${labels},le="${bound}"} ${total}`;
    }
    yield `${this.#name}_sum{${labels}} ${sum}`;
    yield `${this.#name}_count{${labels}} ${total}`;
  }

  #seriesOf(route: string, index: number): Series {
    let series = this.#routes.get(route);
    if (series === undefined) {
      series = new Array<Series | undefined>(METHODS.length * STATUS_CLASSES.length);
      this.#routes.set(route, series);
    }
    const known = series[index];
    if (known !== undefined) return known;
    const method = METHODS[Math.floor(index / STATUS_CLASSES.length)];
    const status = STATUS_CLASSES[index % STATUS_CLASSES.length];
    const made = {
      labels: `route="${route}",method="${method}",status="${status}"`,
      counts: new Array<number>(BOUNDS_SECONDS.length + 1).fill(0),
      sum: 0,
    };
    series[index] = made;
    return made;
  }
}
