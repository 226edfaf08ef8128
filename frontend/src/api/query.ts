import { QueryClient } from "@tanstack/react-query";
import { onEvent } from "./wails";

/** queryClient never retries: Go answers at once or says why not. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, refetchOnWindowFocus: false, staleTime: 5_000, networkMode: "always" },
    mutations: { retry: false, networkMode: "always" },
  },
});

/** refreshAll asks again for everything on screen. */
export function refreshAll(): Promise<void> {
  return queryClient.invalidateQueries();
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** listenForChanges asks again, at most three times a second, when Go says that the project changed. */
export function listenForChanges(): () => void {
  return onEvent("changed", () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void refreshAll();
    }, 350);
  });
}

/** forgetProject drops what was asked about a project before another one is shown. */
export function forgetProject(): void {
  queryClient.removeQueries({ predicate: (q) => q.queryKey[0] !== "start" });
}
