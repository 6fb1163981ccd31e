#!/usr/bin/env python3
"""kubestep walk in a real terminal (tmux): what a person sees and which keys do what."""
import re
import shlex
import subprocess
import unittest

import harness
from harness import pod, poll, run

COLUMNS, LINES = 80, 200  # tall: nothing scrolls away


class Terminal:
    """One tmux server of its own with one window that runs a shell."""

    def __init__(self, home, name):
        self.env, self.socket = home.env, home.path(name + ".tmux")
        env = {k: v for k, v in home.env.items() if k != "TMUX"}
        run(["tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", str(COLUMNS), "-y", str(LINES),
             "env PS1='$ ' sh -i"], env=env)
        self.wait_for(r"^\$ *$")

    def tmux(self, *args):
        return run(["tmux", "-S", self.socket, *args], env=self.env).out

    def type(self, *argv):
        self.tmux("send-keys", "-l", "clear; " + " ".join(shlex.quote(a) for a in argv) + "; echo exit=$?")
        self.tmux("send-keys", "Enter")

    def key(self, key):
        self.tmux("send-keys", key)

    def screen(self, *args):
        return self.tmux("capture-pane", "-p", *args)

    def wait_for(self, pattern):
        last = [""]

        def seen():
            last[0] = self.screen()
            return re.search(pattern, last[0], re.M)
        try:
            poll(pattern, seen)
        except AssertionError as late:
            raise AssertionError("%s; the screen:\n%s" % (late, last[0].rstrip())) from None
        return last[0]

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], env=self.env, stderr=subprocess.DEVNULL)


class InATerminal(harness.Test):
    def setUp(self):
        self.pod_name = self._testMethodName.replace("test_", "").replace("_", "-")
        self.terminal = Terminal(self.home, self.pod_name)
        self.addCleanup(self.terminal.close)
        self.file = self.home.write(self.pod_name + ".json", pod(self.pod_name))

    def walk(self, *args):
        self.terminal.type("kubestep", "walk", "-f", self.file, *args)

    def phase(self):
        status, got = self.api.call("GET", "/api/v1/namespaces/default/pods/" + self.pod_name)
        return got["status"]["phase"] if status == 200 else None

    def test_walk(self):
        self.walk()
        screen = self.terminal.wait_for(r"^exit=0$")
        lines = screen.splitlines()
        numbers = [int(m[1]) for m in (re.match(r" *(?:[0-9.]+|-) [ *]([ 0-9]{2}) [a-z-]+ ", line) for line in lines) if m]
        self.assertEqual(numbers, list(range(1, 16)), screen)  # each on one line of 80 columns
        self.assertRegex(screen, r"(?m)^pod/walk is Running on node-\d\.$")
        self.assertIn("\x1b[", self.terminal.screen("-e"))  # colour

    def prompts(self, screen):
        return re.findall(r"(?m)^next +(\d+) ([a-z-]+)", screen)

    def test_enter_does_one_step_after_the_other(self):
        self.walk("--step")
        seen = []
        while True:
            screen = self.terminal.wait_for(r"^exit=\d|let it run >\s*\Z")
            if "exit=" in screen:
                break
            number = int(self.prompts(screen)[-1][0])
            if seen and number == seen[-1]:
                continue  # the answer to the last key is not on the screen yet
            seen.append(number)
            if number <= 2:
                self.assertIsNone(self.phase(), "step %d is held: no pod yet" % number)
            elif number < 14:
                self.assertEqual(self.phase(), "Pending", "step %d is held" % number)
            self.terminal.key("Enter")
        self.assertIn("exit=0", screen)
        self.assertEqual(seen, sorted(set(seen)))
        self.assertEqual(seen, list(range(1, 16)), screen)
        self.assertRegex(screen, r"held: (apiserver|scheduler|kubelet)")

    def until_step(self, number):
        while True:
            screen = self.terminal.wait_for(r"let it run >\s*\Z")
            if int(self.prompts(screen)[-1][0]) == number:
                return screen
            count = len(self.prompts(screen))
            self.terminal.key("Enter")
            poll("the next step", lambda: len(self.prompts(self.terminal.screen())) > count)

    def test_why_and_object_and_quit(self):
        self.walk("--step")
        screen = self.until_step(7)
        self.assertRegex(screen, r"NODES +FIT ")  # the table, before it is decided
        self.terminal.key("w")
        screen = self.terminal.wait_for(r"300 = 100 x weight 3")
        self.assertIn("scheduler/plugins/", screen)
        self.terminal.key("y")
        screen = self.terminal.wait_for(r"^ *phase: Pending")
        self.assertEqual(len(self.prompts(screen)), 7)  # looking does not go on
        self.until_step(10)
        self.terminal.key("y")
        screen = self.terminal.wait_for(r"^\+ +nodeName: node-\d")  # what changed is marked
        self.terminal.key("x")
        self.terminal.wait_for(r"keys: Enter, w, y, q")
        self.terminal.key("q")
        screen = self.terminal.wait_for(r"^exit=0$")
        self.assertRegex(screen, r"(?m)^pod/why-and-object-and-quit is Running on node-\d\.$")
        self.assertEqual(len(self.prompts(screen)), 10)
        poll("no stepper is left", lambda: not self.api.get("/apis/sim.kubestep.dev/v1/steppers")["items"])

    def test_the_cluster_goes_on_meanwhile(self):
        self.walk("--step")
        self.until_step(8)
        self.api.post("/api/v1/namespaces/default/pods", pod("bystander"))
        poll("the other pod runs", lambda: self.api.get("/api/v1/namespaces/default/pods/bystander")["status"]["phase"] == "Running")
        self.assertEqual(self.phase(), "Pending")
        steppers = self.api.get("/apis/sim.kubestep.dev/v1/steppers")["items"]
        self.assertEqual(steppers[0]["status"]["parked"][0]["step"], 8)
        self.terminal.key("q")
        self.terminal.wait_for(r"^exit=0$")

    def test_interrupted_while_stepping(self):
        self.walk("--step")
        self.until_step(5)
        self.terminal.key("C-c")
        self.terminal.wait_for(r"exit=130$")
        self.terminal.type("stty", "-a")
        self.assertRegex(self.terminal.wait_for(r"^exit=0$"), r"[^-]icanon\b.*(.|\n)*[^-]echo\b")
        poll("the pod goes on by itself", lambda: self.phase() == "Running")

    def test_step_in_real_order(self):
        self.walk("--step", "--flow", "real")
        self.until_step(9)
        self.terminal.key("q")
        self.assertRegex(self.terminal.wait_for(r"^exit=0$"), r"is Running on node-\d")

    def test_pace(self):
        self.walk("--pace", "1ms")
        screen = self.terminal.wait_for(r"^exit=0$")
        self.assertEqual([int(n) for n, _ in self.prompts(screen)], list(range(1, 16)))


if __name__ == "__main__":
    harness.need("tmux")
    harness.main()
