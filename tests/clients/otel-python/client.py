"""Reports as an application with OpenTelemetry's SDK for Python does: client.py SCENARIO NUMBER.

OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS name the server and the key.
"""

import logging
import sys

from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

RESOURCE = Resource.create(
    {
        "service.name": "shop",
        "service.version": "1.4.2",
        "deployment.environment.name": "staging",
    }
)

tracers = TracerProvider(resource=RESOURCE)
tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(tracers)
loggers = LoggerProvider(resource=RESOURCE)
loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
set_logger_provider(loggers)
logging.getLogger().addHandler(LoggingHandler(logger_provider=loggers))

tracer = trace.get_tracer("shop")


class PaymentError(Exception):
    pass


def charge(order):
    with tracer.start_as_current_span("charge"):
        raise PaymentError(f"order {order} was refused by bank {order * 7}")


def report(order):
    """One exception: two spans and a log record tell of it."""
    attributes = {"url.full": "https://shop.example/pay", "user.id": "7"}
    try:
        with tracer.start_as_current_span("GET /pay", attributes=attributes):
            try:
                charge(order)
            except PaymentError:
                logging.exception("payment failed")
                raise
    except PaymentError:
        pass


def records(count):
    for _ in range(count):
        logging.error("disk almost full")
    logging.warning("not severe enough")


{"report": report, "records": records}[sys.argv[1]](int(sys.argv[2]))
tracers.shutdown()
loggers.shutdown()
