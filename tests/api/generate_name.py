#!/usr/bin/env python3
"""generate_name.py - names that the server makes up: one that is taken is drawn again, eight times in all.

    generate_name.py --apiserver build/bin/apiserver

Servers with the same seed draw the same names, as long as the same number of objects is made before.
"""
import argparse
import json
import re
import tempfile

import run

TRIES = 8  # upstream's maxNameGenerationCreateAttempts
MAPS = "/api/v1/namespaces/default/configmaps"


def create(server, metadata):
    x = run.Exchange("")
    x.method, x.path, x.body, x.headers = "POST", MAPS, json.dumps({"metadata": metadata}), []
    code, _, text = server.send(x, {})
    return code, json.loads(text)


def after(program, taken):
    """What a server answers that has these names already."""
    with tempfile.TemporaryDirectory() as directory:
        server = run.Server(program, directory, "--seed=7")
        try:
            for i in range(TRIES):
                code, answer = create(server, {"name": taken[i] if i < len(taken) else f"free-{i}"})
                assert code == 201, answer
            return create(server, {"generateName": "drawn-"})
        finally:
            assert server.stop() == 0


def main():
    p = argparse.ArgumentParser(description="Names that the server makes up.")
    p.add_argument("--apiserver", required=True)
    a = p.parse_args()
    taken = []
    for _ in range(TRIES):
        code, answer = after(a.apiserver, taken)
        assert code == 201, answer
        name = answer["metadata"]["name"]
        assert re.fullmatch("drawn-[a-z0-9]{5}", name) and name not in taken, (name, taken)
        taken.append(name)
    code, answer = after(a.apiserver, taken)
    name = taken[-1]
    assert (code, answer["reason"]) == (409, "AlreadyExists"), answer
    assert answer["message"] == (f'configmaps "{name}" already exists, the server was not able to generate a unique name '
                                 "for the object"), answer
    assert answer["details"] == {"name": name, "kind": "configmaps", "retryAfterSeconds": 1}, answer
    print(f"{TRIES} names: ok")


if __name__ == "__main__":
    main()
