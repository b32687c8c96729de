import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";

/** Changes something, and reads anew what that changed. */
export function useDeed<Wish, Answer>(deed: (wish: Wish) => Promise<Answer>, changed: QueryKey) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: deed,
    onSuccess: () => client.invalidateQueries({ queryKey: changed }),
  });
}
