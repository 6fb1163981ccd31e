"""reference.py - patches in few lines of Python, to compare ours with: JSON patch (RFC 6902 with evanphx/json-patch's
leniencies), merge patch (RFC 7396), strategic merge patch (apimachinery's strategicpatch). Written from their rules, not
from ours; slow and plain. What upstream refuses raises Refused, without its words.

Documents are what json.loads gives. A schema is nested tuples: STRUCT(fields), LIST(item, merge, key), MAP(value), LEAF.
"""
import copy
import re

DIRECTIVE, RETAIN = "$patch", "$retainKeys"
ORDER, DELETE_FROM = "$setElementOrder", "$deleteFromPrimitiveList"
DEPTH_MAX = 512


class Refused(Exception):
    pass


def refuse(condition):
    if condition:
        raise Refused()


# ---- Merge patch ----


def merge(doc, patch):
    if not isinstance(patch, dict):
        return patch
    out = dict(doc) if isinstance(doc, dict) else {}
    for k, v in patch.items():
        if v is None:
            out.pop(k, None)
        else:
            out[k] = merge(out.get(k), v)
    return out


# ---- JSON patch ----


def steps(pointer):
    head, *rest = pointer.split("/")
    refuse(not rest)
    return [re.sub("~[01]", lambda m: "/" if m.group() == "~1" else "~", s) for s in rest]


def index(text, size):
    refuse(not re.fullmatch(r"[+-]?[0-9]+", text))
    i = int(text)
    refuse(i >= size or i < -size)
    return i % size if size else i


def get(parent, key):
    """A list's item must be there; an object's member may be absent: None."""
    return parent.get(key) if isinstance(parent, dict) else parent[index(key, len(parent))]


def spot(doc, pointer):
    *way, last = steps(pointer)
    for s in way:
        doc = get(doc, s)
        refuse(not isinstance(doc, (dict, list)))
    return doc, last


def put(parent, key, value):
    if isinstance(parent, dict):
        parent[key] = value
    else:
        parent.insert(len(parent) if key == "-" else index(key, len(parent) + 1), value)


def take(parent, key):
    if isinstance(parent, dict):
        refuse(key not in parent)
        return parent.pop(key)
    return parent.pop(index(key, len(parent)))


def same(a, b):
    """Texts of numbers are compared, so 1 is not 1.0 and not true."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def operate(doc, op):
    name, path = op.get("op"), op.get("path")
    if name in ("move", "copy"):
        at, key = spot(doc, op["from"])
        value = take(at, key) if name == "move" else copy.deepcopy(get(at, key))
        put(*spot(doc, path), value)
    elif name == "add":
        put(*spot(doc, path), copy.deepcopy(op.get("value")))
    elif name == "remove":
        take(*spot(doc, path))
    elif name == "test":
        have = get(*spot(doc, path)) if path else doc
        refuse(not same(have, op.get("value")))
    elif not path:  # replace, of all
        refuse(not isinstance(op.get("value"), (dict, list)))
        return copy.deepcopy(op["value"])
    else:
        at, key = spot(doc, path)
        if isinstance(at, dict):
            at[key] = copy.deepcopy(op.get("value"))  # upstream adds a member that is not there
        else:
            at[index(key, len(at))] = copy.deepcopy(op.get("value"))
    return doc


def operations(doc, ops):
    doc = copy.deepcopy(doc)
    for op in ops:
        doc = operate(doc, op)
    return doc


# ---- Strategic merge patch: schemas ----

LEAF = ("leaf",)


def STRUCT(**fields):
    return ("struct", fields)


def MAP(value=LEAF):
    return ("map", value)


def LIST(item=LEAF, merge=False, key=None):
    return ("list", item, merge, key)


def field(schema, key):
    refuse(schema[0] != "struct" or key not in schema[1])
    return schema[1][key]


# ---- Strategic merge patch: lists ----


def ident(v):
    return (type(v).__name__, v if not isinstance(v, (dict, list)) else repr(v))


def one_type(*lists):
    types = {type(v) for items in lists for v in items}
    refuse(len(types) != 1 or types <= {list, type(None)})
    return types.pop()


def keyed(items, key):
    """How each item is known."""
    refuse(key is not None and any(not isinstance(i, dict) or key not in i for i in items))
    return [ident(i[key] if key is not None else i) for i in items]


def by_rank(items, ids, order):
    """Go's insertion sort (so it is up to 20 items) by a comparison that is true of all that the order does not know."""
    rank, out = {}, []
    for n, i in enumerate(order):
        rank.setdefault(i, n)
    for one in zip(ids, items):
        at = len(out)
        while at and not (one[0] in rank and out[at - 1][0] in rank and rank[one[0]] >= rank[out[at - 1][0]]):
            at -= 1
        out.insert(at, one)
    return [item for _, item in out]


def interleave(own, named, key, old):
    """Two sorted lists; an item of the server's own goes first where both were there and it was the earlier one."""
    own, named, out = list(own), list(named), []
    while own and named:
        a, b = keyed([own[0], named[0]], key)
        first = a in old and b in old and old.index(a) < old.index(b)
        out.append(own.pop(0) if first else named.pop(0))
    return out + own + named


def arrange(items, wanted, old, key):
    ids = keyed(items, key)
    named = [(i, v) for i, v in zip(ids, items) if i in wanted]
    own = [(i, v) for i, v in zip(ids, items) if i not in wanted]
    return interleave(by_rank([v for _, v in own], [i for i, _ in own], old),
                      by_rank([v for _, v in named], [i for i, _ in named], wanted), key, old)


def without(items, patch, key):
    """Without what the patch deletes; and the patch's plain items; and whether they replace all."""
    plain, replaces = [], False
    for p in patch:
        d = p.get(DIRECTIVE, plain)
        if d is plain:
            plain.append(p)
            continue
        refuse(d not in ("delete", "replace"))
        replaces = replaces or d == "replace"
        if d == "delete":
            dead = keyed([p], key)[0]
            items = [i for i in items if ident(i.get(key, Refused)) != dead]
    return items, plain, replaces


def merge_list(schema, items, patch):
    _, item, _, key = schema
    if not items and not patch:
        return items
    if one_type(items, patch) is not dict:
        merged = []
        for v in items + patch:
            if ident(v) not in map(ident, merged):
                merged.append(v)
        return arrange(merged, keyed(patch, None), keyed(items, None), None)
    refuse(key is None)
    items, plain, replaces = without(items, patch, key)
    if replaces:
        keyed(plain, key)
        return plain
    old, merged = keyed(items, key), list(items)
    for p in plain:
        known = keyed(merged, key)
        i = keyed([p], key)[0]
        if i in known:
            merged[known.index(i)] = merge_map(item, merged[known.index(i)], p)
        else:
            merged.append(p)
    return arrange(merged, keyed(plain, key), old, key)


def order_seen(items, patch, key):
    """The old order as upstream has it afterwards: deletions moved what is behind them up, in the same array, and what
    was appended took the places that became free."""
    seen, n = keyed(items, key), len(items)
    left, plain, replaces = without(items, patch, key)
    if replaces:
        plain = []
    ids = keyed(left, key)
    for i in keyed(plain, key):
        if i not in ids:
            ids.append(i)
    return ids[:n] + [s for s in seen[len(ids):]]


def check_order(patch, order, key):
    if not patch or not order:
        return
    if key is not None:
        refuse(any(not isinstance(p, dict) for p in patch))
        patch = [p for p in patch if p.get(DIRECTIVE) != "delete"]
    i = j = 0
    while i < len(patch) and j < len(order):
        if isinstance(patch[i], dict) and DIRECTIVE in patch[i]:
            i += 1
            continue
        i += keyed([patch[i]], key) == keyed([order[j]], key)
        j += 1
    refuse(i < len(patch))


def ordered(schema, doc, patch, name, order):
    """A list that has a $setElementOrder."""
    _, _, merges, key = field(schema, name)
    refuse(not isinstance(order, list) or not all(isinstance(d.get(name, []), list) for d in (doc, patch)))
    check_order(patch.get(name, []), order, key)
    if name not in doc and name not in patch:
        return
    items, change = doc.get(name, []), patch.get(name, [])
    if name not in patch:
        out = items
    elif name not in doc:
        out = fresh(change, nulls=True)
    elif merges:
        out = merge_list(field(schema, name), items, change)
    else:
        out = change
    is_map = one_type(items, change) is dict
    refuse(is_map and key is None)
    old = order_seen(items, change, key) if is_map and merges else keyed(items, key)
    doc[name] = arrange(out, keyed(order, key), old, key)


# ---- Strategic merge patch: maps ----


def fresh(v, nulls=False):
    """What enters where nothing was: without directives and, but for what $setElementOrder brings, nulls."""
    if isinstance(v, dict):
        return {k: fresh(x, nulls) for k, x in v.items()
                if not (isinstance(x, dict) and DIRECTIVE in x) and (nulls or x is not None)}
    if isinstance(v, list):
        return [fresh(x, nulls) for x in v if not (isinstance(x, dict) and DIRECTIVE in x)]
    return v


def retain(doc, patch):
    names = patch[RETAIN]
    refuse(not isinstance(names, list))
    names = [ident(n) for n in names]
    for k, v in patch.items():
        refuse(v is not None and not k.startswith((RETAIN, ORDER, DELETE_FROM)) and ident(k) not in names)
    for k in [k for k in doc if ident(k) not in names]:
        del doc[k]


def merge_value(schema, key, have, v, deletes):
    if not isinstance(v, (dict, list)):
        return v
    below = field(schema, key)
    if isinstance(v, dict):
        return merge_map(below, have, v)
    refuse(below[0] != "list")
    if deletes:
        if have or v:
            refuse(one_type(have, v) is dict and below[3] is None)
        if have and isinstance(have[0], dict):
            return merge_list(below, have, v)
        return [i for i in have if ident(i) not in map(ident, v)]
    return merge_list(below, have, v) if below[2] else v


def merge_map(schema, doc, patch):
    if DIRECTIVE in patch:
        refuse(patch[DIRECTIVE] not in ("replace", "delete"))
        return {k: v for k, v in patch.items() if k != DIRECTIVE} if patch[DIRECTIVE] == "replace" else {}
    doc, patch = dict(doc), dict(patch)
    if RETAIN in patch:
        retain(doc, patch)
        del patch[RETAIN]
    for k in [k for k in patch if k.startswith(ORDER)]:
        head, _, name = k.partition("/")
        order = patch.pop(k)
        refuse(head != ORDER or "/" not in k)
        ordered(schema, doc, patch, name, order)
        if name in doc:
            patch.pop(name, None)
    for k, v in patch.items():
        deletes = k.startswith(DELETE_FROM)
        if deletes:
            refuse(not k.startswith(DELETE_FROM + "/"))
            k = k.partition("/")[2]
        if v is None:
            doc.pop(k, None)
        elif k in doc and type(doc[k]) is type(v):
            doc[k] = merge_value(schema, k, doc[k], v, deletes)
        elif not deletes:
            doc.pop(k, None)
            if not (isinstance(v, dict) and DIRECTIVE in v):
                doc[k] = fresh(v)
    return doc


def strategic(schema, doc, patch):
    return merge_map(schema, copy.deepcopy(doc), copy.deepcopy(patch))
