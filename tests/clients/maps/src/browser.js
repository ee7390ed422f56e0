// A page that fails while it charges, and reports it: page.html?dsn=...&scenario=...&release=...&dist=...
// Tells the page's server at /done when it has.

import * as Sentry from "@sentry/browser"
import { checkout, orderOf } from "./checkout.js"

const query = new URLSearchParams(location.search)

Sentry.init({
  dsn: query.get("dsn"),
  release: query.get("release") || undefined,
  dist: query.get("dist") || undefined,
})

async function run() {
  try {
    checkout(orderOf(query.get("scenario")))
  } catch (error) {
    Sentry.captureException(error)
  }
  await Sentry.flush(10_000)
  await fetch("/done", { method: "POST" })
}

run()
