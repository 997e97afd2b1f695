import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The page and the API under one origin, so that no browser has to be told about the other.
const server = process.env.RUNWIRE_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: server, rewrite: (path) => path.replace(/^\/api/, "") } },
  },
});
