"""JSON Schema accepts 381.0 as an integer. The Worker and PHP do not, so integers are sent as digits only."""

import schemathesis


def in_digits(value):
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: in_digits(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [in_digits(inner) for inner in value]
    return value


@schemathesis.hook
def map_body(context, body):
    return in_digits(body)
