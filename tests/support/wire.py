"""wire.py - answers in protobuf as JSON that a person can read, without any schema: fields by their number.

    as_json(content_type, bytes)    JSON documents, one a line: {"apiVersion":..,"kind":..,"message":{"1":{..}}}
                                    and for a watch {"frame":LENGTH,"type":"ADDED","object":{..}} per frame

Bytes that are printable text are shown as text, else as a message if they are one, else as hex; a number that comes
again is a list. What is not as Kubernetes frames it is shown as {"hex":..}.
"""
import json
import struct

MEDIA = "application/vnd.kubernetes.protobuf"


class Bad(Exception):
    pass


def varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Bad
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
        shift += 7


def fields(data):
    """(number, value) of all fields: int, float or bytes."""
    at, out = 0, []
    while at < len(data):
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise Bad
        if kind == 0:
            value, at = varint(data, at)
            value -= (value >> 63) << 64
        elif kind == 1:
            if at + 8 > len(data):
                raise Bad
            value, at = struct.unpack_from("<d", data, at)[0], at + 8
        elif kind == 2:
            length, at = varint(data, at)
            if at + length > len(data):
                raise Bad
            value, at = data[at : at + length], at + length
        else:
            raise Bad
        out.append((number, value))
    return out


def readable(value):
    if not isinstance(value, bytes):
        return value
    try:
        text = value.decode()
        if text.isprintable():
            return text
    except UnicodeDecodeError:
        pass
    try:
        return message(value)
    except Bad:
        return {"hex": value.hex()}


def message(data):
    out, last = {}, None
    for number, value in fields(data):
        key = str(number)
        if key in out and key != last:
            raise Bad  # upstream writes a repeated field in one piece
        if key in out:
            if not isinstance(out[key], list):
                out[key] = [out[key]]
            out[key].append(readable(value))
        else:
            out[key] = readable(value)
        last = key
    return out


def envelope(data):
    if data[:4] != b"k8s\0":
        raise Bad
    (n1, meta), (n2, raw), (n3, encoding), (n4, kind) = fields(data[4:])
    if (n1, n2, n3, n4) != (1, 2, 3, 4) or encoding or kind:
        raise Bad
    (v, version), (k, name) = fields(meta)
    if (v, k) != (1, 2):
        raise Bad
    return {"apiVersion": version.decode(), "kind": name.decode(), "message": message(raw)}


def frames(data):
    at = 0
    while at < len(data):
        if at + 4 > len(data):
            raise Bad
        length = struct.unpack_from(">I", data, at)[0]
        if at + 4 + length > len(data):
            raise Bad
        (n1, kind), (n2, raw) = fields(data[at + 4 : at + 4 + length])
        if (n1, n2) != (1, 2):
            raise Bad
        ((one, inside),) = fields(raw)
        if one != 1:
            raise Bad
        yield {"frame": length, "type": kind.decode(), "object": envelope(inside)}
        at += 4 + length


def as_json(content_type, data):
    """None: it is no protobuf."""
    if not content_type.startswith(MEDIA):
        return None
    try:
        docs = list(frames(data)) if "stream=watch" in content_type else [envelope(data)]
    except (Bad, ValueError):
        docs = [{"hex": data.hex()}]
    return "\n".join(json.dumps(d, ensure_ascii=False) for d in docs)
