// Reports as an application with @sentry/node does: client.js SCENARIO NUMBER, with DSN set.
'use strict';

const Sentry = require('@sentry/node');
const { makeOfflineTransport } = require('@sentry/core');

const [scenario, number] = [process.argv[2], Number(process.argv[3])];

function charge(order) {
  throw new RangeError(`order ${order} was refused by bank ${order * 7}`);
}

function checkout(order) {
  charge(order);
}

function report(order) {
  Sentry.setUser({ id: '7', email: 'ada@example.com' });
  Sentry.setTag('region', 'eu');
  Sentry.addBreadcrumb({ category: 'cart', message: 'cart opened', level: 'info' });
  try {
    checkout(order);
  } catch (error) {
    console.log(Sentry.captureException(error));
  }
}

/** What could not be sent waits here. */
function createStore() {
  const waiting = [];
  return {
    push: async (envelope) => void waiting.push(envelope),
    unshift: async (envelope) => void waiting.unshift(envelope),
    shift: async () => waiting.shift(),
  };
}

const scenarios = {
  report,
  crash: checkout,
  message: () => console.log(Sentry.captureMessage('disk almost full', 'warning')),
  offline: async (order) => {
    report(order);
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
  dsn: process.env.DSN,
  release: 'shop@1.4.2',
  environment: 'staging',
  ...(scenario === 'offline' && {
    transport: makeOfflineTransport(Sentry.makeNodeTransport),
    transportOptions: { createStore },
  }),
});

if (scenario === 'crash') {
  checkout(number);
} else {
  Promise.resolve(scenarios[scenario](number)).then(() => Sentry.flush(10000));
}
