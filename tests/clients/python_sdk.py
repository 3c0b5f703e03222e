"""Segment's Python SDK, unchanged, against `journey serve`: what is sent is there once, plain and packed."""

import json
import sys
import urllib.request

import segment.analytics.client as sdk

host, write_key, read_key = sys.argv[1:4]
failed = []


def ask(path):
    request = urllib.request.Request(host + path, headers={"Authorization": f"Bearer {read_key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


before = ask("/v1/journeys/thanks")["entered"]
for gzip in (False, True):
    client = sdk.Client(write_key, host=host, gzip=gzip, on_error=lambda error, _: failed.append(error))
    packing = "packed" if gzip else "plain"
    client.identify(f"python-{packing}", {"email": f"{packing}@example.com", "first_name": "Ann"})
    for number in range(150):
        order = {"order_id": f"{packing}-{number}", "total": 12.5}
        client.track(f"python-{packing}-{number}", "Order Completed", order)
    client.page(f"python-{packing}", "home")
    client.flush()
    client.join()
    fields = ask(f"/v1/profiles/user_id:python-{packing}")["fields"]
    assert (fields["email"], fields["first_name"]) == (f"{packing}@example.com", "Ann"), fields
assert not failed, failed
entered = ask("/v1/journeys/thanks")["entered"] - before
assert entered == 300, entered
print("segment-analytics-python: 304 calls, 300 orders entered once")
