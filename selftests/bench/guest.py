#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Inside the lab: build every scene, measure round by round, print one line a figure.

    row LINK TEST CONFIG UNIT VALUE LOST
"""
import json
import os
import subprocess
import sys
import time

import options
import peers
import scene
import wireguard


ENOUGH = 5      # rounds, where there is no time for more


class Bench:
    """The module's file: a command, its answer."""

    def __init__(self):
        self.fd = os.open("/proc/ikevti_bench", os.O_RDWR)

    def run(self, *words):
        os.write(self.fd, " ".join(words).encode())
        unit, value, value2, lost = os.pread(self.fd, 200, 0).decode().split()
        return unit, int(value), int(value2), int(lost)


def gives_way(on, pid=0):
    """The generator yields to everything that a tunnel does in threads."""
    os.sched_setscheduler(pid, os.SCHED_IDLE if on else os.SCHED_OTHER, os.sched_param(0))


def pktgen_gives_way():
    """Its threads, one for each namespace, do as well"""
    for pid in scene.call("pgrep", "-x", "kpktgend_0").split():
        gives_way(True, int(pid))


def row(link, test, config, unit, value, lost=0):
    print("row", link, test, config, unit, f"{value:.6g}", lost, flush=True)


class Tests:
    def __init__(self, bench, opts):
        self.bench = bench
        self.opts = opts
        self.cpu = f"cpu={opts.cpu}"

    def tcp(self, s, test):
        ends = {"ftcp": ("g", "s", "10.2.0.2")}.get(test, ("a", "b", s.peer))
        mss = ["mss=500"] if test == "tcp500" else []
        unit, value, _, lost = self.bench.run(
            "tcp", f"from={s.fd[ends[0]]}", f"to={s.fd[ends[1]]}", f"daddr={ends[2]}", self.cpu,
            *mss)
        yield test, unit, value / 1e6, lost

    def way(self, s):
        return [f"from={s.fd['a']}", "dev=lan", f"to={s.fd['s']}", "sink=lan", "saddr=10.1.0.2",
                "daddr=10.2.0.2"]

    def fwd(self, s, test):
        size, _, burst = test.removeprefix("fwd").partition("b")
        size = 0 if size == "mix" else int(size)
        gives_way(True)
        unit, value, _, lost = self.bench.run("forward", *self.way(s), f"size={size}",
                                              f"burst={burst or 64}", self.cpu)
        yield test, unit, value / 1000, lost

    def lat(self, s, test):
        gives_way(True)
        unit, p50, p99, lost = self.bench.run(
            "latency", *self.way(s), f"size={test[3:]}", f"gap={self.opts.gap}",
            f"packets={self.opts.packets}")
        yield test + "-p50", unit, p50, lost
        yield test + "-p99", unit, p99, lost

    def pktgen(self, s, test):
        """The kernel's own generator, on the host before the gateway: bursts of one"""
        size = int(test.removeprefix("pktgen"))
        n = 400 * self.opts.cpu
        mac = json.loads(scene.call("ip", "-n", s.ns["a"], "-j", "link", "show", "lan"))
        here = os.open("/proc/self/ns/net", os.O_RDONLY)
        wireguard.enter(s.fd["g"])
        try:
            tell("kpktgend_0", "rem_device_all", "add_device lan")
            tell("lan", f"pkt_size {size + 14}", f"count {n}", "delay 0", "clone_skb 0",
                 "dst 10.2.0.2", "src_min 10.1.0.2", "src_max 10.1.0.2",
                 f"dst_mac {mac[0]['address']}", "udp_src_min 9000", "udp_src_max 9000")
            self.bench.run("count", f"to={s.fd['s']}", "sink=lan")
            _, start, _, _ = self.bench.run("cpu")
            tell("pgctrl", "start")
            time.sleep(0.02)
            _, end, arrived, _ = self.bench.run("cpu")
            tell("kpktgend_0", "rem_device_all")
        finally:
            wireguard.enter(here)
            os.close(here)
        yield test, "kpps", arrived * 1e6 / (end - start), n - arrived

    def iperf3(self, s, test):
        """A program's view; CPU time is the kernel's, which programs' is not in"""
        server = subprocess.Popen(["nsenter", f"--net=/run/netns/{s.ns['b']}", "iperf3", "-s",
                                   "-1"], stdout=subprocess.DEVNULL)
        for _ in range(100):
            if s.inside("b", "ss", "-Hltn", "sport = :5201"):
                break
            time.sleep(0.02)
        _, start, _, _ = self.bench.run("cpu")
        out = json.loads(s.inside("a", "iperf3", "-J", "-t", "1", "-c", s.peer))
        _, end, _, _ = self.bench.run("cpu")
        server.wait(10)
        end_sum = out["end"]
        yield (test, "Mbit", end_sum["sum_received"]["bytes"] * 8000 / (end - start),
               end_sum["sum_sent"]["retransmits"])

    def run(self, s, test):
        if test.endswith(("tcp", "tcp500")):
            figures = self.tcp(s, test)
        else:
            figures = getattr(self, test.rstrip("0123456789bmix") if test != "iperf3" else
                              test)(s, test)
        try:
            for name, unit, value, lost in figures:
                row(s.link, name, s.config, unit, value, lost)
        except (OSError, RuntimeError, ValueError, KeyError) as e:
            print(f"note {s.link} {test} {s.config}: {e}", flush=True)
        finally:
            gives_way(False)

    def floor(self):
        """AES-GCM alone, encryption and decryption; the mix's follows from its parts"""
        ns = {}
        for size in (64, 512, 1400, 1420, 540):
            _, value, _, _ = self.bench.run("aead", f"size={size}", "cpu=60")
            ns[size] = value / 1000
            row("-", f"aead{size}", "aes-gcm", "ns", ns[size])
        row("-", "aeadmix", "aes-gcm", "ns", (7 * ns[64] + 4 * ns[512] + ns[1400]) / 12)


def tell(file, *lines):
    for line in lines:
        with open(f"/proc/net/pktgen/{file}", "w", encoding="ascii") as f:
            f.write(line + "\n")


def driver(name):
    """Of an algorithm, the one that is used"""
    best, used = -1, "?"
    with open("/proc/crypto", encoding="ascii") as f:
        for entry in f.read().split("\n\n"):
            words = dict(map(str.strip, line.split(":", 1)) for line in entry.splitlines())
            if words.get("name") == name and int(words["priority"]) > best:
                best, used = int(words["priority"]), words["driver"]
    return used


def one_round(tests, scenes, many, r):
    tests.floor()
    for link in tests.opts.links if scenes else []:
        these = [s for s in scenes if s.link == link]
        # nobody is always the one after the same neighbour
        these = these[r % len(these):] + these[:r % len(these)]
        for test in tests.opts.tests:
            for s in these:
                tests.run(s, test)
    if many:
        gives_way(True)
        many.one_round(r)
        gives_way(False)


def main():
    opts = options.parse(sys.argv[1:])
    modules = opts.modules
    scene.call("modprobe", "ikevti")
    scene.call("insmod", f"{modules}/traffic/ikevti_bench.ko")
    if "wireguard" in opts.configs:
        scene.call("insmod", f"{modules}/wireguard/wg_simd.ko")
    bench = Bench()
    with_peers = "peers" in opts.tests
    opts.tests = [t for t in opts.tests if t != "peers"]
    scenes = [scene.Scene(c, l) for l in opts.links for c in opts.configs if opts.tests]
    many = peers.Peers(bench, opts, row) if with_peers else None
    pktgen_gives_way()
    print("about kernel", os.uname().release, flush=True)
    print("about aes", driver("gcm(aes)"), flush=True)
    print(f"note {len(scenes)} scenes are set up", flush=True)
    tests = Tests(bench, opts)
    start = time.monotonic()
    for r in range(opts.rounds):
        if r >= ENOUGH and time.monotonic() - start > opts.time * r / (r + 1):
            break
        print(f"note round {r + 1} of {opts.rounds}", flush=True)
        one_round(tests, scenes, many, r)
        print("about rounds", r + 1, flush=True)
    os.close(bench.fd)
    for s in scenes + (many.scenes if many else []):
        s.remove()
    scene.call("rmmod", "ikevti_bench")
    if "wireguard" in opts.configs:
        scene.call("rmmod", "wg_simd")


if __name__ == "__main__":
    main()
