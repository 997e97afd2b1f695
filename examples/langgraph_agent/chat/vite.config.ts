import react from "@vitejs/plugin-react";
import { defineConfig, type ProxyOptions } from "vite";

// The page and the API under one origin, so that no browser has to be told about the other.
const api: ProxyOptions = {
  target: process.env.RUNWIRE_URL ?? "http://127.0.0.1:8080",
  rewrite: (path) => path.replace(/^\/api/, ""),
  // By itself the proxy keeps a stream open whose server is gone, and the page would wait for ever.
  configure: (proxy) => {
    proxy.on("proxyRes", (answer, _, response) => {
      answer.on("close", () => answer.complete || response.destroy());
    });
  },
};

export default defineConfig({
  plugins: [react()],
  server: { host: "127.0.0.1", proxy: { "/api": api } },
  preview: { host: "127.0.0.1", proxy: { "/api": api } },
  build: { chunkSizeWarningLimit: 1000 },
});
