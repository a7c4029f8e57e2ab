"""Lets Schemathesis send lines of JSON, which it has no serializer for."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(context, value):
    return {"data": value if isinstance(value, (str, bytes)) else str(value)}
