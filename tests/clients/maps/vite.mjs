// Builds the page's script with vite and its Sentry plugin, which uploads the source map.

import { sentryVitePlugin } from "@sentry/vite-plugin"
import { build } from "vite"

await build({
  configFile: false,
  publicDir: false,
  build: {
    sourcemap: true,
    minify: true,
    outDir: "out",
    emptyOutDir: false,
    rollupOptions: { input: "src/browser.js", output: { format: "iife", entryFileNames: "shop.js" } },
  },
  plugins: [sentryVitePlugin({ telemetry: false })],
})
