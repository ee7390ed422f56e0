"""Reports as an application with Sentry's SDK for Python does: client.py SCENARIO [NUMBER], with DSN set."""

import os
import sys

import sentry_sdk


def charge(order):
    raise ValueError(f"order {order} was refused by bank {order * 7}")


def checkout(order):
    charge(order)


def report(order):
    sentry_sdk.set_user({"id": "7", "email": "ada@example.com"})
    sentry_sdk.set_tag("region", "eu")
    sentry_sdk.add_breadcrumb(category="cart", message="cart opened", level="info")
    try:
        checkout(order)
    except ValueError:
        print(sentry_sdk.capture_exception())


def crash(order):
    checkout(order)


def message(_):
    print(sentry_sdk.capture_message("disk almost full", level="warning"))


def flood(count):
    for number in range(count):
        sentry_sdk.capture_message(f"flood {number}")
        sentry_sdk.flush(5)


sentry_sdk.init(os.environ["DSN"], release="shop@1.4.2", environment="staging")
scenario = {"report": report, "crash": crash, "message": message, "flood": flood}[sys.argv[1]]
scenario(int(sys.argv[2]))
sentry_sdk.flush(10)
