import { defineConfig } from "vite";

// `npm run dev` serves the sources and asks a server started with: fanin serve --http 127.0.0.1:7412
export default defineConfig({
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 2000, modulePreload: { polyfill: false } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: { proxy: { "/v1": "http://127.0.0.1:7412", "/openapi.json": "http://127.0.0.1:7412" } },
});
