import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { hear } from "./hear-events.ts";
import { jobsQuery } from "./operating.ts";
import { readAnew } from "./read-anew.ts";

/** What waits and what runs; the hub tells whenever that changes, as long as somebody looks. */
export function useJobs() {
  const client = useQueryClient();
  useEffect(
    () =>
      hear("/api/v1/jobs/events", {
        onMessage: (text) => client.setQueryData(jobsQuery.queryKey, JSON.parse(text)),
        onGap: () => void readAnew(client, jobsQuery.queryKey),
      }),
    [client],
  );
  return useQuery(jobsQuery);
}
