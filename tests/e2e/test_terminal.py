#!/usr/bin/env python3
"""kubestep walk and step in a real terminal (tmux): what a person sees and which keys do what."""
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


class StepInATerminal(harness.Test):
    """kubestep step: single keys, colour, nothing left of the terminal's settings."""
    UP = ("--nodes", "2")

    def setUp(self):
        self.pod_name = self._testMethodName.replace("test_", "").replace("_", "-")
        self.terminal = Terminal(self.home, self.pod_name)
        self.addCleanup(self.terminal.close)
        self.terminal.type("kubestep", "step", "pod/" + self.pod_name, "--name", self.cluster.name)
        self.terminal.wait_for("^Waiting for pod/%s" % self.pod_name)
        self.api.post("/api/v1/namespaces/default/pods", pod(self.pod_name))

    def stops(self, screen):
        return re.findall(r"(?m)^default/\S+ (\S+) (\S+) (\S+) ", screen)

    def press(self, key):
        count = len(self.stops(self.terminal.screen()))
        self.terminal.key(key)
        poll("the next stop", lambda: len(self.stops(self.terminal.screen())) > count)
        return self.stops(self.terminal.wait_for(r"let it run >\s*\Z"))[-1]

    def test_keys(self):
        screen = self.terminal.wait_for(r"let it run >\s*\Z")
        self.assertEqual(self.stops(screen), [("PreEnqueue", "SchedulingGates", "-")])
        self.assertEqual(self.press("Enter"), ("PreEnqueue", "DefaultPreemption", "-"))
        self.assertEqual(self.press("n"), ("PreFilter", "NodeAffinity", "-"))
        self.assertEqual(self.press("p")[:2], ("Filter", "NodeUnschedulable"))
        self.terminal.key("w")
        self.terminal.wait_for(r"^node-\d +\.\.")
        self.terminal.key("b")
        self.terminal.wait_for(r"^break at KEY=VALUE")
        self.terminal.tmux("send-keys", "-l", "plugin=NodeName,node=node-*")
        self.terminal.key("Enter")
        self.terminal.wait_for(r"node=node-\*\n(.|\n)*let it run >\s*\Z")
        first = self.press("c")
        self.assertEqual(first[:2], ("Filter", "NodeName"))
        second = self.press("c")
        self.assertEqual((second[:2], {first[2], second[2]}), (("Filter", "NodeName"), {"node-1", "node-2"}))
        self.terminal.key("s")
        self.terminal.wait_for(r"^NodeName is in scheduler/plugins/node_name\.c$")
        self.assertTrue(all(len(line) <= COLUMNS for line in self.terminal.screen().splitlines()))
        self.assertIn("\x1b[", self.terminal.screen("-e"))
        self.terminal.key("q")
        self.assertRegex(self.terminal.wait_for(r"^exit=0$"), r"(?m)^default/keys is on node-\d$")

    def test_interrupt(self):
        self.terminal.wait_for(r"let it run >\s*\Z")
        self.terminal.key("C-c")
        self.terminal.wait_for(r"exit=130$")
        self.terminal.type("stty", "-a")
        self.assertRegex(self.terminal.wait_for(r"^exit=0$"), r"[^-]icanon\b.*(.|\n)*[^-]echo\b")
        path = "/api/v1/namespaces/default/pods/" + self.pod_name
        poll("the pod goes on by itself", lambda: self.api.get(path)["spec"].get("nodeName"))


if __name__ == "__main__":
    harness.need("tmux")
    harness.main()
