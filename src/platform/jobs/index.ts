export { createOutbox, type OutboxTables, trimEvents } from "./outbox.ts";
export { type PeriodicJob, startPeriodicJobs } from "./periodic-jobs.ts";
