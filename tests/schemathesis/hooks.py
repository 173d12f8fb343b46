"""JSON Schema takes 381.0 for an integer. The Worker does not, and neither does PHP: an integer is sent in digits alone."""

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
