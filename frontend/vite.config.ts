import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "safari16",
    // The policy of the window loads fonts from 'self'; nothing is inlined so that it stays that way.
    assetsInlineLimit: 0,
    // Everything comes from the binary: one large chunk costs nothing.
    chunkSizeWarningLimit: 2000,
  },
  server: { host: "127.0.0.1" },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: true,
    testTimeout: 20_000,
  },
});
