// Reports as an application with OpenTelemetry's SDK for JavaScript does: client.js SCENARIO NUMBER.
// OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS name the server and the key.
'use strict';

const { SpanStatusCode, trace } = require('@opentelemetry/api');
const { SeverityNumber } = require('@opentelemetry/api-logs');
const { OTLPLogExporter } = require('@opentelemetry/exporter-logs-otlp-http');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BatchLogRecordProcessor, LoggerProvider } = require('@opentelemetry/sdk-logs');
const { BatchSpanProcessor, NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');

const resource = resourceFromAttributes({
  'service.name': 'shop',
  'service.version': '1.4.2',
  'deployment.environment.name': 'staging',
});
const tracers = new NodeTracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
tracers.register();
const loggers = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })],
});
const tracer = trace.getTracer('shop');
const logger = loggers.getLogger('shop');

class PaymentError extends Error {
  name = 'PaymentError';
}

function charge(order) {
  tracer.startActiveSpan('charge', (span) => {
    try {
      throw new PaymentError(`order ${order} was refused by bank ${order * 7}`);
    } catch (error) {
      span.recordException(error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** One exception: two spans and a log record tell of it. */
function report(order) {
  const attributes = { 'url.full': 'https://shop.example/pay', 'user.id': '7' };
  tracer.startActiveSpan('GET /pay', { attributes }, (span) => {
    try {
      charge(order);
    } catch (error) {
      span.recordException(error);
      logger.emit({
        severityNumber: SeverityNumber.ERROR,
        body: 'payment failed',
        attributes: {
          'exception.type': error.name,
          'exception.message': error.message,
          'exception.stacktrace': error.stack,
        },
      });
    }
    span.end();
  });
}

function records(count) {
  for (let each = 0; each < count; each += 1) {
    logger.emit({ severityNumber: SeverityNumber.ERROR, body: 'disk almost full' });
  }
  logger.emit({ severityNumber: SeverityNumber.WARN, body: 'not severe enough' });
}

({ report, records })[process.argv[2]](Number(process.argv[3]));
Promise.all([tracers.shutdown(), loggers.shutdown()]);
