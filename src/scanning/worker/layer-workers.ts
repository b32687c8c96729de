import { Worker } from "node:worker_threads";
import type { ReadableLayer } from "../layers/analyse-layer.ts";
import type { LayerLimits } from "../layers/layer-limits.ts";
import { LayerRefused } from "../layers/layer-refused.ts";
import type { FileComparison } from "../waste/compare-files.ts";
import type { ImageWaste } from "../waste/image-waste.ts";
import type { AnalysedLayer, Found, FromWorker, ToWorker } from "./worker-messages.ts";

/** The program has the same name in a clone and in a build, but for what it ends with. */
const PROGRAM = new URL(
  import.meta.url.endsWith(".ts") ? "./layer-worker.ts" : "./layer-worker.js",
  import.meta.url,
);

/** A thread notices that its time is over by itself unless one file keeps it busy; then it is ended. */
const GRACE_MS = 5_000;

export interface LayerWorkersOptions {
  readonly limits: LayerLimits;
  /** Of what analysers make of files; the bytes of a layer only pass through. */
  readonly megabytes: number;
  /** How many layers at once. */
  readonly threads: number;
}

/**
 * Looks at layers in threads of their own, so that one that takes all the memory or time that it may harms nobody else: its
 * thread is ended, and the layer refused. Threads are started when they are needed and used again.
 */
export class LayerWorkers implements AsyncDisposable {
  readonly #options: LayerWorkersOptions;
  readonly #idle: Worker[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #isClosed = false;

  constructor(options: LayerWorkersOptions) {
    this.#options = options;
  }

  /** Throws LayerRefused, or what reading the layer threw. */
  async analyse(layer: ReadableLayer, signal: AbortSignal): Promise<AnalysedLayer> {
    const { limits } = this.#options;
    await using feed = new LayerFeed(layer);
    const task: Task = { message: { kind: "analyse", diffId: layer.diffId, limits }, feed, signal };
    return (await this.#inThread(task)) as AnalysedLayer;
  }

  /** What the layers of one image hide of each other, by their packed listings. Throws LayerRefused. */
  async measure(listings: readonly Uint8Array[], signal: AbortSignal): Promise<ImageWaste> {
    return (await this.#inThread({ message: { kind: "measure", listings }, signal })) as ImageWaste;
  }

  /** Which files of two images differ, by the packed listings of their layers. Throws LayerRefused. */
  async compareFiles(
    sides: { readonly from: readonly Uint8Array[]; readonly to: readonly Uint8Array[] },
    signal: AbortSignal,
  ): Promise<FileComparison> {
    return (await this.#inThread({
      message: { kind: "compare", ...sides },
      signal,
    })) as FileComparison;
  }

  async #inThread(task: Task): Promise<Found> {
    task.signal.throwIfAborted();
    await this.#takeTurn();
    const worker = this.#idle.pop() ?? this.#start();
    worker.ref();
    let isUsable = false;
    try {
      const result = await this.#run(worker, task);
      isUsable = true;
      return result;
    } catch (cause) {
      // It said so itself, and waits for the next layer.
      isUsable = cause instanceof LayerRefused && !ENDED.has(cause);
      throw cause;
    } finally {
      if (isUsable && !this.#isClosed) this.#rest(worker);
      else await worker.terminate();
      this.#endTurn();
    }
  }

  /** What is being looked at is looked at to its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#idle.splice(0).map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const { megabytes } = this.#options;
    const worker = new Worker(PROGRAM, {
      resourceLimits: { maxOldGenerationSizeMb: megabytes, maxYoungGenerationSizeMb: 32 },
      // Nothing of the hub's settings is any of its business.
      env: {},
      execArgv: [],
    });
    worker.setMaxListeners(0);
    // One that dies is replaced when it is needed.
    worker.on("error", () => this.#forget(worker));
    worker.on("exit", () => this.#forget(worker));
    return worker;
  }

  /** An idle thread keeps no program from ending. */
  #rest(worker: Worker): void {
    worker.unref();
    this.#idle.push(worker);
  }

  #forget(worker: Worker): void {
    const index = this.#idle.indexOf(worker);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  async #takeTurn(): Promise<void> {
    if (this.#busy < this.#options.threads) this.#busy += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The turn goes to the next who waits. */
  #endTurn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy -= 1;
    else next();
  }

  async #run(worker: Worker, { message, feed, signal }: Task): Promise<Found> {
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const send = (told: ToWorker) => worker.postMessage(told);
    const hear = (heard: FromWorker) => {
      if (heard.kind === "done") resolve(heard.result);
      else if (heard.kind === "refused") reject(new LayerRefused(heard.code, heard.detail));
      else if (heard.kind === "failed")
        reject(new Error(`a layer could not be read: ${heard.reason}`));
      else if (heard.kind === "open") feed?.open();
      else feed?.pull().then((bytes) => send({ kind: "chunk", bytes }), reject);
    };
    const fail = (cause: NodeJS.ErrnoException) =>
      reject(cause.code === "ERR_WORKER_OUT_OF_MEMORY" ? ended("TOO_MUCH_MEMORY") : cause);
    const exit = () => reject(new Error("the thread that looked at a layer ended"));
    const abort = () => reject(signal.reason);
    const { milliseconds } = this.#options.limits;
    const timer = setTimeout(() => reject(ended("TOO_SLOW")), milliseconds + GRACE_MS);
    worker.on("message", hear).once("error", fail).once("exit", exit);
    signal.addEventListener("abort", abort, { once: true });
    try {
      // It may have been waiting for its turn for long.
      signal.throwIfAborted();
      send(message);
      return await promise;
    } finally {
      clearTimeout(timer);
      worker.off("message", hear).off("error", fail).off("exit", exit);
      signal.removeEventListener("abort", abort);
    }
  }
}

interface Task {
  readonly message: ToWorker;
  /** Where the thread gets the bytes of a layer from. */
  readonly feed?: LayerFeed;
  readonly signal: AbortSignal;
}

/** Refusals after which the thread is of no more use. */
const ENDED = new WeakSet<LayerRefused>();

function ended(code: LayerRefused["code"]): LayerRefused {
  const refused = new LayerRefused(code);
  ENDED.add(refused);
  return refused;
}

/** The bytes of a layer, from the start as often as a thread asks for them. */
class LayerFeed implements AsyncDisposable {
  readonly #layer: ReadableLayer;
  #bytes: AsyncIterator<Buffer> | undefined;

  constructor(layer: ReadableLayer) {
    this.#layer = layer;
  }

  open(): void {
    const before = this.#bytes;
    this.#bytes = this.#layer.open()[Symbol.asyncIterator]();
    // What was read to its end has nothing left to close; its failure would have been told by then.
    void before?.return?.().catch(() => undefined);
  }

  async pull(): Promise<Uint8Array | undefined> {
    const next = await this.#bytes?.next();
    return next === undefined || next.done === true ? undefined : next.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bytes?.return?.();
  }
}
