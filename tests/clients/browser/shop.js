// Reports as a page with @sentry/browser does: page.html?dsn=...&scenario=...&number=...
// Tells the page's server at /done when it has.

import * as Sentry from '@sentry/browser';

const query = new URLSearchParams(location.search);
const scenario = query.get('scenario');
const number = Number(query.get('number'));

function charge(order) {
  throw new RangeError(`order ${order} was refused by bank ${order * 7}`);
}

function checkout(order) {
  charge(order);
}

const scenarios = {
  report: (order) => {
    Sentry.setUser({ id: '7', email: 'ada@example.com' });
    Sentry.setTag('region', 'eu');
    Sentry.addBreadcrumb({ category: 'cart', message: 'cart opened', level: 'info' });
    try {
      checkout(order);
    } catch (error) {
      Sentry.captureException(error);
    }
  },
  crash: (order) => {
    setTimeout(() => checkout(order));
  },
  message: () => Sentry.captureMessage('disk almost full', 'warning'),
  offline: async (order) => {
    scenarios.report(order);
    // Without a limit, flushing sends what waits; another answer in between may put that off.
    for (let tries = 0; tries < 8; tries += 1) {
      await Sentry.flush();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  },
  flood: async (count) => {
    for (let each = 0; each < count; each += 1) {
      Sentry.captureMessage(`flood ${each}`);
      await Sentry.flush(5000);
    }
  },
};

Sentry.init({
  dsn: query.get('dsn'),
  release: 'shop@1.4.2',
  environment: 'staging',
  ...(scenario === 'offline' && {
    transport: Sentry.makeBrowserOfflineTransport(Sentry.makeFetchTransport),
  }),
});

async function run() {
  await scenarios[scenario](number);
  // What was thrown outside of this has been by then.
  await new Promise((resolve) => setTimeout(resolve, 200));
  await Sentry.flush(10000);
  await fetch('/done', { method: 'POST' });
}

run();
