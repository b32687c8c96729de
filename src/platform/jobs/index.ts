export { createOutbox, type OutboxTables, recordEvent, trimEvents } from "./outbox.ts";
export { type PeriodicJob, startPeriodicJobs } from "./periodic-jobs.ts";
