import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The server that `npm run dev` shows; a started one says its address. */
const server = process.env.RUNWIRE_URL ?? "http://127.0.0.1:8080";

export default defineConfig(({ command }) => ({
  // The page itself is served at `/` and below `/ui/`; what it loads is all below `/ui/`.
  base: command === "build" ? "/ui/" : "/",
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    outDir: "../../server/runwire/http/dashboard",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    // Everything is a file of this server: the policy allows images as data:, but no scripts or fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
  },
  server: {
    // The host stays what the browser asked for: pages of another origin may change nothing.
    proxy: { "/v1": { target: server, ws: true } },
  },
  test: {
    environment: "happy-dom",
    // Only ends what is stuck: property tests take their time on a busy machine.
    testTimeout: 60_000,
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing.ts"],
  },
}));
