// Builds the server's script with esbuild and its Sentry plugin, which uploads the source map.

import { sentryEsbuildPlugin } from "@sentry/esbuild-plugin"
import * as esbuild from "esbuild"

await esbuild.build({
  entryPoints: ["src/server.js"],
  bundle: true,
  minify: true,
  sourcemap: true,
  format: "esm",
  platform: "node",
  packages: "external",
  outfile: "out/server.mjs",
  plugins: [sentryEsbuildPlugin({ telemetry: false })],
})
