// A server's script that fails while it charges, and reports it: node server.mjs SCENARIO

import * as Sentry from "@sentry/node"
import { checkout, orderOf } from "./checkout.js"

Sentry.init({
  dsn: process.env.DSN,
  release: process.env.RELEASE || undefined,
  dist: process.env.DIST || undefined,
})

try {
  checkout(orderOf(process.argv[2]))
} catch (error) {
  Sentry.captureException(error)
}
await Sentry.flush(10_000)
